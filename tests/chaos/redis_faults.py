"""What is done to a cluster while its load runs; the same as in faults.cc."""

import signal
import threading
import time

import redis

from redis_client import READ_TIMEOUT_S

RESTART_AFTER_S = 1
PAUSE_LENGTH_S = 8
PINNED_AFTER_S = 3
PINNED_INTERVAL_S = 0.005
BETWEEN_RESTARTS_S = 2


class Fault:
    """Strikes the master of a shard, and ends it, which takes a while. This one does nothing."""

    def __init__(self, cluster):
        self._cluster = cluster
        self.done = []  # (time, shard)
        self.deposed_acknowledgements = 0

    def strike(self, shard):
        pass

    def _note(self, shard):
        self.done.append((time.monotonic(), shard))


class Kill(Fault):
    """kill -9, and a supervisor that starts it again, empty; the configuration still says that it
    is a master."""

    def strike(self, shard):
        victim = self._cluster.master(shard)
        self._note(shard)
        victim.end(signal.SIGKILL)
        time.sleep(RESTART_AFTER_S)
        victim.start()


class Pause(Fault):
    """SIGSTOP and SIGCONT, with a client that knows the old master only."""

    def strike(self, shard):
        victim = self._cluster.master(shard)
        stopping = threading.Event()
        pinned = threading.Thread(target=self._write_to, args=(victim.port, shard, stopping),
                                  daemon=True)
        pinned.start()
        self._note(shard)
        victim.send(signal.SIGSTOP)
        time.sleep(PAUSE_LENGTH_S)
        victim.send(signal.SIGCONT)
        time.sleep(PINNED_AFTER_S)
        stopping.set()
        pinned.join()

    def _write_to(self, port, shard, stopping):
        """Counts what is acknowledged while Sentinel names another master, before and after."""
        client = self._cluster.client(shard)
        command = ("SET", f"pinned:{shard}", 1, "PX", 60_000)
        while not stopping.wait(PINNED_INTERVAL_S):
            try:
                was_deposed = client.master() != port
                client.links.ask(port, READ_TIMEOUT_S, command)
                self.deposed_acknowledgements += was_deposed and client.master() != port
            except redis.RedisError:
                pass


class RollingRestart(Fault):
    """SIGTERM to every node of the shard, one after the other, each started again."""

    def strike(self, shard):
        for node in self._cluster.nodes(shard):
            self._note(shard)
            node.end(signal.SIGTERM)
            node.start()
            time.sleep(BETWEEN_RESTARTS_S)


FAULTS = {"none": Fault, "kill": Kill, "pause": Pause, "restart": RollingRestart}
