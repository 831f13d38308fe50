"""The servers that are compared: each is started on a free port of the loopback interface, pinned
to one core, and ended by its own process id, also when the comparison fails."""

import ctypes
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

START_LIMIT_S = 20
STOP_LIMIT_S = 60  # a process that holds gigabytes takes seconds to give them back
PR_SET_PDEATHSIG = 1
MIB = 1 << 20


class Failure(Exception):
    """A sentence for the user."""


def pinned(core):
    """For a child before it becomes the program: on one core, and gone with us."""
    prctl = ctypes.CDLL(None).prctl

    def prepare():
        os.sched_setaffinity(0, {core})
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return prepare


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    name = ""
    protocol = "resp"

    def __init__(self, programs):
        self.programs = programs  # the folder of our own programs
        self.process = None
        self.port = 0

    def program(self):
        """The path, or None if it is not installed."""
        return shutil.which(self.name)

    def command(self, entries, key_bytes, value_bytes):
        raise NotImplementedError

    def version(self):
        return subprocess.run([self.program(), "--version"], capture_output=True, text=True,
                              check=False).stdout.strip()

    def start(self, core, entries, key_bytes, value_bytes):
        self.port = free_port()
        command = [str(word) for word in self.command(entries, key_bytes, value_bytes)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                        preexec_fn=pinned(core))
        deadline = time.monotonic() + START_LIMIT_S
        while not self.accepts():
            if self.process.poll() is not None:
                raise Failure(f"{self.name} ended at its start: {' '.join(command)}")
            if time.monotonic() > deadline:
                raise Failure(f"{self.name} does not listen {START_LIMIT_S} s after its start")
            time.sleep(0.02)

    def accepts(self):
        try:
            with self.connect():
                return True
        except OSError:
            return False

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=START_LIMIT_S)

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def resident_bytes(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise Failure(f"{self.name} has ended")

    def ask(self, request, end):
        with self.connect() as connection:
            connection.sendall(request)
            reply = b""
            while not reply.endswith(end):
                received = connection.recv(65536)
                if not received:
                    break
                reply += received
        return reply.decode()

    def entries(self):
        """How many it holds, or None if it holds none by its nature."""
        return int(self.ask(b"DBSIZE\r\n", b"\r\n").strip()[1:])


class Node(Server):
    name = "cachekit-node"

    def __init__(self, programs, path=None):
        super().__init__(programs)
        self.path = path

    def program(self):
        return self.path or shutil.which(self.programs / self.name)

    def command(self, entries, key_bytes, value_bytes):
        return [self.program(), "--port", self.port, "--log-level", "warning"]


class Redis(Server):
    name = "redis-server"

    def command(self, entries, key_bytes, value_bytes):
        return [self.program(), "--port", self.port, "--bind", "127.0.0.1", "--save", "",
                "--appendonly", "no"]


class Memcached(Server):
    name = "memcached"
    protocol = "memcached"

    def command(self, entries, key_bytes, value_bytes):
        # Room for all with what it adds, so that it evicts nothing.
        limit = entries * (key_bytes + value_bytes + 120) * 5 // 4 // MIB + 256
        user = ["-u", "root"] if os.geteuid() == 0 else []
        return [self.program(), "-t", 1, "-m", limit, "-p", self.port, "-U", 0, "-l", "127.0.0.1",
                "-c", 4096] + user

    def entries(self):
        for line in self.ask(b"stats\r\n", b"END\r\n").splitlines():
            if line.startswith("STAT curr_items "):
                return int(line.split()[2])
        raise Failure("memcached does not tell curr_items")


class Floor(Server):
    name = "cachekit-compare-floor"

    def program(self):
        return shutil.which(self.programs / self.name)

    def command(self, entries, key_bytes, value_bytes):
        return [self.program(), self.port, value_bytes]

    def version(self):
        return "answers with a constant"

    def entries(self):
        return None


class Array(Floor):
    def command(self, entries, key_bytes, value_bytes):
        return super().command(entries, key_bytes, value_bytes) + [entries]

    def version(self):
        return "answers from an array, where the key's digits say"


KINDS = {"floor": Floor, "array": Array, "node": Node, "redis": Redis, "memcached": Memcached}


def chosen(text):
    """Names of servers, separated by commas, in the order in which we know them."""
    names = text.split(",")
    if unknown := set(names) - set(KINDS):
        raise Failure(f"--servers: unknown {', '.join(sorted(unknown))}; there are "
                      + ", ".join(KINDS))
    return [name for name in KINDS if name in names]


def run_as_program(name, run):
    """Calls run(); its exit code. Ended from outside, the servers end as well."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        run()
    except Failure as failure:
        print(f"{name}: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def make(names, programs, node_path):
    made = {}
    for name in names:
        server = Node(programs, node_path) if name == "node" else KINDS[name](programs)
        if server.program() is None:
            raise Failure(f"{server.name} is not there: build the release preset, or install it "
                          "(scripts/install-dependencies.sh), or leave it out with --servers")
        made[name] = server
    return made
