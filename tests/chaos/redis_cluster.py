"""Shards of Redis and the Sentinels that watch them, on loopback ports, in a temporary folder.

Every server has a process group of its own and is ended by its own process id, also on failure; if
this program is killed, the kernel ends them.

Thread rule: one thread, the one that started the servers.
"""

import ctypes
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import redis

from redis_client import ShardClient
from redis_links import BEHIND, ProxiedLinks
from redis_network import BESIDE, DOORS, FRONT

PROGRAM = "redis-server"
START_LIMIT_S = 30
SETTLING_LIMIT_S = 60  # a returning master is turned into a replica, and copied to, within 20 s
POLL_S = 0.05

# Below the ports that the kernel lends to clients: one of those may hold the port of a server that
# is down, and the server could not come back.
PORTS = range(20_000, 32_000)

# Sentinel's default of 180 s would leave a shard whose first election failed without a master for
# six minutes, the whole of a run.
FAILOVER_TIMEOUT_MS = 5000

PR_SET_PDEATHSIG = 1
PRCTL = ctypes.CDLL(None).prctl


class Failure(Exception):
    """A sentence for the user."""


def end_with_parent():
    """For a child before it becomes the server."""
    PRCTL(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_ports(count):
    """Ports that nobody listens on."""
    ports = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            if probe.connect_ex((FRONT, port)) != 0:
                ports.append(port)
        if len(ports) == count:
            return ports
    raise Failure(f"no {count} free ports from {PORTS.start} to {PORTS.stop}")


class Server:
    """A redis-server, or a Sentinel. It starts with its configuration file each time, which
    Sentinel rewrites as it changes the server's role; it persists no data."""

    def __init__(self, port, folder, configuration, mode=(), doors=DOORS):
        self.port = port
        self.log = folder / f"{port}.log"
        self._file = folder / f"{port}.conf"
        self._file.write_text(f"port {port}\nbind {' '.join(doors)}\ndir {folder}\nlogfile {self.log}\n"
                              + configuration, encoding="utf-8")
        self._mode = list(mode)
        self._process = None

    def configure(self, line):
        """From its next start on."""
        with self._file.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def start(self):
        """Returns when it answers."""
        self._process = subprocess.Popen(
            [PROGRAM, self._file, *self._mode], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, start_new_session=True, preexec_fn=end_with_parent)
        wait_until(self._answers, START_LIMIT_S, f"the server on port {self.port} does not answer")

    def send(self, number):
        self._process.send_signal(number)

    def end(self, number=signal.SIGKILL):
        """Sends the signal and waits until it is gone."""
        if self._process is not None:
            self.send(number)
            self._process.wait()

    def ask(self):
        """A client for a few questions."""
        return redis.Redis(host=FRONT, port=self.port, socket_timeout=1, decode_responses=True)

    def _answers(self):
        if self._process.poll() is not None:
            raise Failure(f"{PROGRAM} ended at its start: " + self.log.read_text(encoding="utf-8"))
        return self.ask().ping()


def data_configuration(master_port):
    """Without persistence, as cachekit has none; all else as Redis has it by default."""
    replica = f"replicaof {FRONT} {master_port}\n" if master_port else ""
    return 'save ""\nappendonly no\n' + replica


def sentinel_configuration(masters, down_after_ms):
    quorum = 2
    return "".join(
        f"sentinel monitor {shard} {FRONT} {port} {quorum}\n"
        f"sentinel down-after-milliseconds {shard} {down_after_ms}\n"
        f"sentinel failover-timeout {shard} {FAILOVER_TIMEOUT_MS}\n"
        for shard, port in masters.items())


def wait_until(condition, limit_s, complaint):
    """Polls; what cannot be asked yet is not so yet."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (redis.RedisError, OSError):
            pass
        time.sleep(POLL_S)
    raise Failure(f"{complaint} within {limit_s} s")


class Cluster:
    """Use with `with`: all runs inside, and nothing is left behind. With links, each data server is
    reached through one that can be made bad."""

    def __init__(self, shards, replicas, sentinels, down_after_ms, with_links=False):
        self.shards = [f"shard{i}" for i in range(shards)]
        self._replicas = replicas
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="redis-chaos-"))
        self._nodes = {}
        self._doors = (BESIDE, BEHIND) if with_links else DOORS
        ports = free_ports(shards * (1 + replicas) + sentinels)
        masters = {}
        for shard in self.shards:
            masters[shard], *others = [ports.pop() for _ in range(1 + replicas)]
            self._nodes[shard] = [self._data_server(masters[shard], None)]
            self._nodes[shard] += [self._data_server(port, masters[shard]) for port in others]
        configuration = sentinel_configuration(masters, down_after_ms)
        self._sentinels = [Server(port, self._folder, configuration, ["--sentinel"])
                           for port in ports]
        self._clients = {shard: self.client(shard) for shard in self.shards}
        servers = [node.port for nodes in self._nodes.values() for node in nodes]
        self.links = ProxiedLinks(servers) if with_links else None

    def __enter__(self):
        try:
            if self.links:
                self.links.__enter__()
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for server in self._servers():
            server.end()
        if self.links:
            self.links.__exit__()
        shutil.rmtree(self._folder)

    @property
    def sentinels(self):
        return list(self._sentinels)

    @property
    def sentinel_ports(self):
        return [sentinel.port for sentinel in self._sentinels]

    def client(self, shard, door=FRONT):
        """For one thread."""
        return ShardClient(shard, self.sentinel_ports, door=door)

    def nodes(self, shard):
        return list(self._nodes[shard])

    def master(self, shard):
        """The server that Sentinel names."""
        port = self._clients[shard].master()
        return next(node for node in self._nodes[shard] if node.port == port)

    def has_whole_replicas(self, shard):
        """Whether all have its data, and follow."""
        return self._has_replicas(self.master(shard))

    def wait_until_whole(self):
        """All Sentinels know all of each shard, and its replicas have the master's data."""
        for shard in self.shards:
            wait_until(lambda name=shard: self._is_whole(name), SETTLING_LIMIT_S,
                       f"{shard} has not settled")

    def promotions(self):
        """Replicas that Sentinel has made masters; the one that led the failover logs it."""
        return self._logged_by_sentinels("+promoted-slave")

    def standstills(self):
        """How often a Sentinel was not run for more than 2 s (its tilt mode)."""
        return self._logged_by_sentinels("+tilt")

    def _logged_by_sentinels(self, event):
        return sum(sentinel.log.read_text(encoding="utf-8").count(event)
                   for sentinel in self._sentinels)

    def _data_server(self, port, master_port):
        return Server(port, self._folder, data_configuration(master_port), doors=self._doors)

    def _servers(self):
        return [node for nodes in self._nodes.values() for node in nodes] + self._sentinels

    def _start(self):
        """Sentinels come last, so that their first look finds the replicas."""
        for nodes in self._nodes.values():
            for node in nodes:
                node.start()
        for shard, (master, *_) in self._nodes.items():
            wait_until(lambda node=master: self._has_replicas(node), START_LIMIT_S,
                       f"{shard} has no replicas")
        for sentinel in self._sentinels:
            sentinel.start()
        self.wait_until_whole()

    def _is_whole(self, shard):
        master = self.master(shard)
        return self._has_replicas(master) and all(
            self._knows_all(sentinel, shard, master) for sentinel in self._sentinels)

    def _has_replicas(self, master):
        state = master.ask().info("replication")
        replicas = [state.get(f"slave{i}", {}) for i in range(self._replicas)]
        return all(replica.get("state") == "online" for replica in replicas)

    def _knows_all(self, sentinel, shard, master):
        view = sentinel.ask().sentinel_master(shard)
        return (view["port"] == master.port and view["flags"] == "master"
                and view["num-slaves"] == self._replicas
                and view["num-other-sentinels"] == len(self._sentinels) - 1)
