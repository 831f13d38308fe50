"""A client of one shard: it asks Sentinel for the master, and repeats what failed until a deadline.

It repeats a write whatever became of the attempt before it, which cachekit does only where told to
(ClientOptions::retry_same_state), and so has the better chance to succeed.

Such clients ask again when their connection fails, and rely on Sentinel to close those to a master
that it makes a replica. One that follows asks every 100 ms besides, and so hears of a new master
about as soon as clients that subscribe to Sentinel's +switch-master.
"""

import math
import time

import redis
from redis.connection import Connection

from redis_network import FRONT

# As cachekit's ClientOptions.
TOTAL_TIMEOUT_S = 1.0
CONNECT_TIMEOUT_S = 0.2
READ_TIMEOUT_S = 0.5
READ_ATTEMPT_TIMEOUT_S = 0.03

RETRY_PAUSE_S = 0.05
SENTINEL_TIMEOUT_S = 0.1  # Sentinels are never struck here; one that is slow is passed over
FOLLOW_INTERVAL_S = 0.1
WAIT_MS = 200


class NotReplicated(redis.RedisError):
    """WAIT has counted no replica."""


class Links:
    """Connections to servers through one of their doors, one to each port; for one thread."""

    def __init__(self, door=FRONT):
        self._door = door
        self._links = {}

    def ask(self, port, timeout_s, *commands):
        """The answers to commands sent at once; redis.RedisError if one of them fails or is late.

        They travel on one connection or fail: WAIT speaks of the writes of its own connection.
        """
        link = self._links.setdefault(port, Connection(
            host=self._door, port=port, socket_timeout=READ_TIMEOUT_S,
            socket_connect_timeout=CONNECT_TIMEOUT_S, decode_responses=True))
        end = time.monotonic() + timeout_s
        try:
            link.send_packed_command(link.pack_commands(commands))
            return [self._answer(link, end) for _ in commands]
        except OSError as error:
            link.disconnect()
            raise redis.ConnectionError(str(error)) from error
        except redis.RedisError:
            link.disconnect()
            raise

    @staticmethod
    def _answer(link, end):
        if not link.can_read(max(end - time.monotonic(), 0.001)):
            raise redis.TimeoutError("no answer in time")
        return link.read_response()


class ShardClient:
    """Reads and writes one shard; for one thread."""

    def __init__(self, shard, sentinel_ports, follow=False, door=FRONT):
        self.links = Links(door)
        self._shard = shard
        self._sentinel_ports = list(sentinel_ports)
        self._trust_s = FOLLOW_INTERVAL_S if follow else math.inf
        self._asked_at = 0
        self._master = None
        self._replicas = None

    def master(self):
        """The port of the master that Sentinel names now."""
        return int(self._ask_sentinel("GET-MASTER-ADDR-BY-NAME")[1])

    def replicas(self):
        """The ports of the replicas that Sentinel knows now."""
        rows = self._ask_sentinel("REPLICAS")
        return [int(dict(zip(row[::2], row[1::2]))["port"]) for row in rows]

    def set(self, key, value):
        """Has the master acknowledged it?"""
        return self._until_deadline(lambda end: self._write(end, ("SET", key, value))) is not None

    def set_with_concern(self, key, value):
        """Has a replica acknowledged it?"""
        def attempt(end):
            answers = self._write(end, ("SET", key, value), ("WAIT", 1, WAIT_MS))
            if answers[1] < 1:
                raise NotReplicated("no replica has it yet")
            return answers
        return self._until_deadline(attempt) is not None

    def get(self, key):
        """A list of the value, or of None for a miss; None if nobody has answered.

        Asks the master, and if that fails its replicas: a client of Sentinel need not do so, but
        cachekit's does.
        """
        return self._until_deadline(lambda end: self._read(end, ("GET", key)))

    def _until_deadline(self, attempt):
        """What the first successful attempt returns, or None if there was none in time."""
        end = time.monotonic() + TOTAL_TIMEOUT_S
        while True:
            try:
                return attempt(end)
            except redis.RedisError:
                self._forget()
            if time.monotonic() + RETRY_PAUSE_S >= end:
                return None
            time.sleep(RETRY_PAUSE_S)

    def _known_master(self):
        now = time.monotonic()
        if self._master is None or now - self._asked_at > self._trust_s:
            self._forget()
            self._master = self.master()
            self._asked_at = now
        return self._master

    def _forget(self):
        """Ask Sentinel before the next attempt."""
        self._master = None
        self._replicas = None

    def _write(self, end, *commands):
        timeout_s = min(READ_TIMEOUT_S, end - time.monotonic())
        return self.links.ask(self._known_master(), timeout_s, *commands)

    def _read(self, end, command):
        """Tries each node, the master first; all but the last for a short while only."""
        master = self._known_master()
        if self._replicas is None:
            self._replicas = self.replicas()
        *others, last = [master, *self._replicas]
        for port in others:
            try:
                return self.links.ask(port, READ_ATTEMPT_TIMEOUT_S, command)
            except redis.RedisError:
                self._forget()
        return self.links.ask(last, min(READ_TIMEOUT_S, end - time.monotonic()), command)

    def _ask_sentinel(self, question):
        """The answer of the first Sentinel that has one; it is asked first from then on."""
        for port in list(self._sentinel_ports):
            try:
                answer = self.links.ask(port, SENTINEL_TIMEOUT_S,
                                        ("SENTINEL", question, self._shard))[0]
            except redis.RedisError:
                answer = None
            if answer:
                return answer
            self._sentinel_ports.append(self._sentinel_ports.pop(0))
        raise redis.ConnectionError(f"no Sentinel knows {self._shard}")
