"""What is done to a cluster while its load runs; the same as in faults/."""

import random
import signal
import threading
import time

import redis

import redis_network
from redis_client import READ_TIMEOUT_S, Links
from redis_cluster import SETTLING_LIMIT_S, wait_until
from redis_links import SLOW
from redis_load import Guest

RESTART_AFTER_S = 1
PINNED_AFTER_S = 3
PINNED_INTERVAL_S = 0.005
GUEST_HEAD_START_S = 1
GUEST_AFTERMATH_S = 1
BETWEEN_RESTARTS_S = 2
DELAY = (0.005, 0.005, 0.001)  # seconds, seconds more at most, share of lost pieces
FILL_VALUE_BYTES = 1000
FILLED_AT_ONCE = 1000
LOOK_INTERVAL_S = 0.25


class Fault:
    """Strikes the master of a shard, and ends it, which takes a while. This one does nothing."""

    NEEDS_NETWORK = False
    NEEDS_LINKS = False

    def __init__(self, cluster, flags):
        self._cluster = cluster
        self._length_s = flags.fault_seconds
        self.done = []  # (time, shard)
        self.deposed_acknowledgements = 0

    def strike(self, shard):
        pass

    def details(self):
        """What only this fault has to tell, for the report."""
        return {}

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


class SentinelKill(Fault):
    """The same, and with the master a Sentinel, each in its turn."""

    def strike(self, shard):
        sentinels = self._cluster.sentinels
        victims = [self._cluster.master(shard), sentinels[len(self.done) % len(sentinels)]]
        self._note(shard)
        for victim in victims:
            victim.end(signal.SIGKILL)
        time.sleep(RESTART_AFTER_S)
        for victim in victims:
            victim.start()


class Deposing(Fault):
    """The master is away for a while, and a client beside it, which knows no other and is cut from
    nothing, goes on writing to it."""

    def strike(self, shard):
        victim = self._cluster.master(shard)
        stopping = threading.Event()
        pinned = threading.Thread(target=self._write_to, args=(victim.port, shard, stopping),
                                  daemon=True)
        pinned.start()
        self._take_away(victim)
        self._note(shard)
        time.sleep(self._length_s)
        self._bring_back(victim)
        time.sleep(PINNED_AFTER_S)
        stopping.set()
        pinned.join()

    def _write_to(self, port, shard, stopping):
        """Counts what is acknowledged while Sentinel names another master, before and after."""
        client = self._cluster.client(shard)
        beside = Links(redis_network.BESIDE)
        command = ("SET", f"pinned:{shard}", 1, "PX", 60_000)
        while not stopping.wait(PINNED_INTERVAL_S):
            try:
                was_deposed = client.master() != port
                beside.ask(port, READ_TIMEOUT_S, command)
                self.deposed_acknowledgements += was_deposed and client.master() != port
            except redis.RedisError:
                pass

    def _take_away(self, victim):
        raise NotImplementedError

    def _bring_back(self, victim):
        raise NotImplementedError


class Pause(Deposing):
    """SIGSTOP and SIGCONT."""

    def _take_away(self, victim):
        victim.send(signal.SIGSTOP)

    def _bring_back(self, victim):
        victim.send(signal.SIGCONT)


class Partition(Deposing):
    """The master is cut from clients, Sentinels and replicas."""

    NEEDS_NETWORK = True

    def _take_away(self, victim):
        redis_network.cut(victim.port)

    def _bring_back(self, victim):
        redis_network.heal()


class Delay(Deposing):
    """All that goes to and from the master comes late."""

    NEEDS_LINKS = True

    def _take_away(self, victim):
        self._cluster.links.worsen(victim.port, *DELAY)

    def _bring_back(self, victim):
        self._cluster.links.heal()


class SlowReplica(Fault):
    """A replica starts again, empty, and gets its copy slowly."""

    NEEDS_LINKS = True

    def __init__(self, cluster, flags):
        super().__init__(cluster, flags)
        self._bytes_per_second = flags.copied_kb_per_second << 10
        self._growth_bytes = 0
        self._whole_after_s = 0
        master = cluster.master(cluster.shards[0])
        self._fill(master.ask(), flags.fill_mb << 20)
        cluster.wait_until_whole()

    @staticmethod
    def _fill(client, size):
        """With what cannot be compressed, as Redis would do for the copy."""
        for start in range(0, size // FILL_VALUE_BYTES, FILLED_AT_ONCE):
            pipeline = client.pipeline(transaction=False)
            for i in range(start, start + FILLED_AT_ONCE):
                pipeline.set(f"fill:{i}", random.randbytes(FILL_VALUE_BYTES))
            pipeline.execute()

    def strike(self, shard):
        master = self._cluster.master(shard)
        replica = next(node for node in self._cluster.nodes(shard) if node.port != master.port)
        before = self._resident_bytes(master)
        self._cluster.links.slow_down(self._bytes_per_second)
        self._note(shard)
        replica.end(signal.SIGKILL)
        replica.configure(f"bind-source-addr {SLOW}")
        replica.start()
        end = time.monotonic() + self._length_s
        while time.monotonic() < end:
            self._growth_bytes = max(self._growth_bytes, self._resident_bytes(master) - before)
            time.sleep(LOOK_INTERVAL_S)
        self._cluster.links.heal()
        wait_until(lambda: self._cluster.has_whole_replicas(shard), SETTLING_LIMIT_S,
                   f"the replica of {shard} has no copy")
        self._whole_after_s = time.monotonic() - end

    @staticmethod
    def _resident_bytes(node):
        """Of the master itself, without what its forked child has copied."""
        return node.ask().info("memory")["used_memory_rss"]

    def details(self):
        return {"rss_growth_mb": self._growth_bytes / (1 << 20),
                "whole_after_slowness_ms": 1000 * self._whole_after_s}


class ClientPartition(Fault):
    """One client, the guest, and the master are cut from each other; nobody else is."""

    NEEDS_NETWORK = True

    def __init__(self, cluster, flags):
        super().__init__(cluster, flags)
        self._gaps_ms = []
        self._outages_ms = []
        self._failed = {"reads": 0, "writes": 0}

    def strike(self, shard):
        victim = self._cluster.master(shard)
        guest = Guest(shard, self._cluster.sentinel_ports)
        time.sleep(GUEST_HEAD_START_S)
        redis_network.cut_from_guest(victim.port)
        self._note(shard)
        time.sleep(self._length_s)
        healed = time.monotonic()
        redis_network.heal()
        time.sleep(GUEST_AFTERMATH_S)
        ledger = guest.stop()
        self._gaps_ms.append(1000 * ledger.reads.longest_gap_s())
        self._outages_ms.append(1000 * ledger.writes.first_success_after_s(healed))
        self._failed["reads"] += ledger.reads.failures
        self._failed["writes"] += ledger.writes.failures

    def details(self):
        return {"guest_read_gap_ms": max(self._gaps_ms, default=0),
                "guest_writes_after_healing_ms": max(self._outages_ms, default=0),
                "guest_failed_reads": self._failed["reads"],
                "guest_failed_writes": self._failed["writes"]}


class RollingRestart(Fault):
    """SIGTERM to every node of the shard, one after the other, each started again."""

    def strike(self, shard):
        for node in self._cluster.nodes(shard):
            self._note(shard)
            node.end(signal.SIGTERM)
            node.start()
            time.sleep(BETWEEN_RESTARTS_S)


FAULTS = {"none": Fault, "kill": Kill, "agent-kill": SentinelKill, "pause": Pause,
          "partition": Partition, "client-partition": ClientPartition, "delay": Delay,
          "slow-replica": SlowReplica, "restart": RollingRestart}
