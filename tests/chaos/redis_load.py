"""The load of workload.cc on shards of Redis: for each a writer, a writer with WAIT, and a reader
of what has just been written.

Each shard's load is a process of its own, or Python's lock would slow it. Times are those of
time.monotonic(), which all processes of a machine share.
"""

import bisect
import dataclasses
import functools
import multiprocessing
import signal
import threading
import time

from redis_client import ShardClient
from redis_cluster import Failure
from redis_network import GUEST

WRITE_INTERVAL_S = 0.005
READ_INTERVAL_S = 0.005
CONCERN_INTERVAL_S = 0.02
START_LIMIT_S = 20
STOP_LIMIT_S = 20

# What cachekit's report says where nothing came: the longest duration of its clock.
NEVER_S = (2**63 - 1) / 1e9


@dataclasses.dataclass
class Stream:
    """When operations that succeeded began and ended, and how many did not."""
    begins: list = dataclasses.field(default_factory=list)
    successes: list = dataclasses.field(default_factory=list)
    failures: int = 0

    def note(self, began, succeeded):
        if succeeded:
            self.begins.append(began)
            self.successes.append(time.monotonic())
        else:
            self.failures += 1

    def longest_gap_s(self):
        return max((b - a for a, b in zip(self.successes, self.successes[1:])), default=0)

    def first_success_after_s(self, then):
        """Until the end of the first that began after it."""
        first = bisect.bisect_left(self.begins, then)
        return self.successes[first] - then if first < len(self.successes) else NEVER_S


@dataclasses.dataclass
class Ledger:
    """What a load has written, been told, and read. Every write has a key of its own."""
    prefix: str
    writes: Stream = dataclasses.field(default_factory=Stream)
    reads: Stream = dataclasses.field(default_factory=Stream)
    acknowledged: list = dataclasses.field(default_factory=list)
    unseen: list = dataclasses.field(default_factory=list)  # acknowledged, but not found by a read

    def key_of(self, number):
        return f"{self.prefix}{number}"

    def write(self, number, send):
        """`send` says whether it was acknowledged."""
        began = time.monotonic()
        acknowledged = send(self.key_of(number), number)
        self.writes.note(began, acknowledged)
        if acknowledged:
            self.acknowledged.append(number)

    def read_newest(self, ask):
        """`ask` answers with a list of the value, or None if nobody has answered."""
        if not self.acknowledged:
            return
        number = self.acknowledged[-1]
        began = time.monotonic()
        values = ask(self.key_of(number))
        self.reads.note(began, values is not None)
        if values is not None and values[0] != str(number):
            self.unseen.append(number)


class PacedThreads:
    """Threads that take one step an interval, each with a client of its own."""

    def __init__(self):
        self._stopping = threading.Event()
        self._threads = []

    def start(self, interval_s, step, client):
        thread = threading.Thread(target=self._run, daemon=True, args=(interval_s, step, client))
        self._threads.append(thread)
        thread.start()

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _run(self, interval_s, step, client):
        """Numbers from 1, one an interval. After a delay it goes on from now, without catching
        up."""
        due = time.monotonic()
        number = 1
        while not self._stopping.is_set():
            step(client, number)
            number += 1
            due = max(due + interval_s, time.monotonic())
            time.sleep(max(due - time.monotonic(), 0))


def write(ledger, client, number):
    ledger.write(number, client.set)


def write_with_concern(ledger, client, number):
    ledger.write(number, client.set_with_concern)


def read_newest(ledger, client, _):
    ledger.read_newest(client.get)


class ShardLoad:
    """The three threads of one shard."""

    def __init__(self, shard, sentinel_ports, follow):
        self.plain = Ledger("plain:")
        self.concern = Ledger("concern:")
        self._threads = PacedThreads()
        for interval_s, step, ledger in (
                (WRITE_INTERVAL_S, write, self.plain),
                (CONCERN_INTERVAL_S, write_with_concern, self.concern),
                (READ_INTERVAL_S, read_newest, self.plain)):
            self._threads.start(interval_s, functools.partial(step, ledger),
                                ShardClient(shard, sentinel_ports, follow))

    def stop(self):
        self._threads.stop()


class Guest:
    """Writes and reads on one shard, through doors of its own, until it is stopped."""

    def __init__(self, shard, sentinel_ports):
        self._ledger = Ledger("guest:")
        self._threads = PacedThreads()
        for interval_s, step in ((WRITE_INTERVAL_S, write), (READ_INTERVAL_S, read_newest)):
            self._threads.start(interval_s, functools.partial(step, self._ledger),
                                ShardClient(shard, sentinel_ports, door=GUEST))

    def stop(self):
        """What it has seen."""
        self._threads.stop()
        return self._ledger


def run_shard(shard, sentinel_ports, follow, control):
    """A process: says when it runs, runs until it is told to end or its parent is gone, and sends
    its ledgers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    load = ShardLoad(shard, sentinel_ports, follow)
    control.send("running")
    try:
        control.recv()
    except EOFError:
        return
    load.stop()
    control.send((load.plain, load.concern))


class Load:
    """Use with `with`: it runs from then on."""

    def __init__(self, shards, sentinel_ports, follow):
        # A fork would hold the other shards' ends of their pipes open.
        spawning = multiprocessing.get_context("spawn")
        self._controls = {}
        self._processes = []
        for shard in shards:
            self._controls[shard], theirs = spawning.Pipe()
            self._processes.append(spawning.Process(
                target=run_shard, args=(shard, sentinel_ports, follow, theirs), daemon=True))

    def __enter__(self):
        try:
            for process in self._processes:
                process.start()
            for shard in self._controls:
                self._receive(shard, START_LIMIT_S)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self._processes:
            if process.pid is not None:
                process.terminate()
                process.join()

    def stop(self):
        """Ends it; for each shard its two ledgers, plain and with a write concern."""
        for control in self._controls.values():
            control.send("stop")
        return {shard: self._receive(shard, STOP_LIMIT_S) for shard in self._controls}

    def _receive(self, shard, limit_s):
        try:
            if self._controls[shard].poll(limit_s):
                return self._controls[shard].recv()
        except EOFError:
            pass
        raise Failure(f"the load of {shard} has ended or does not answer")
