#!/usr/bin/env python3
"""A shard that accepts connections, greets, and answers nothing else, beside two that are well: how
many operations reach it, of those that were offered, with the retry budget and without one; and
what the others' callers feel of it.

    bench/compare/storm.py                60 s with a silent shard, for each budget
    bench/compare/storm.py --seconds 5

The load is steady (open loop), half GETs and half SETs that may be repeated, so that each would be
sent again every 100 ms for its second.
"""

import argparse
import contextlib
import json
import pathlib
import selectors
import socket
import subprocess
import sys
import threading

import report
import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE_CORE, LOAD_CORE = 0, 1
BUDGET, NO_BUDGET = 0.08, 1
OPERATIONS = (b"$3\r\nGET\r\n", b"$3\r\nSET\r\n")


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="of each run [%(default)s]")
    parser.add_argument("--rate", type=int, default=3000,
                        help="operations a second on three shards [%(default)s]")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release",
                        help="the build folder [build/release]")
    return parser.parse_args()


class SilentServer:
    """Answers every command but GET and SET, by OK, and counts those. Use with `with`."""

    def __init__(self):
        self.operations = 0
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self._listener.close()

    def _run(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            while not self._over.is_set():
                for key, _ in selector.select(timeout=0.1):
                    if key.fileobj is self._listener:
                        client = self._listener.accept()[0]
                        selector.register(client, selectors.EVENT_READ, data=[b""])
                    elif not self._serve(key.fileobj, key.data):
                        selector.unregister(key.fileobj)
                        key.fileobj.close()
            for key in list(selector.get_map().values()):
                if key.fileobj is not self._listener:
                    key.fileobj.close()

    def _serve(self, client, unfinished):
        """Keys and values have no star in them, so stars are beginnings of commands."""
        try:
            received = client.recv(1 << 16)
        except ConnectionError:
            return False
        whole, star, rest = (unfinished[0] + received).rpartition(b"*")
        finished = rest.count(b"\r\n") > 2 * int(rest.split(b"\r\n")[0] or 0) if star else False
        text = whole + star + rest if finished else whole
        unfinished[0] = b"" if finished else star + rest
        operations = sum(text.count(name) for name in OPERATIONS)
        self.operations += operations
        client.sendall(b"+OK\r\n" * (text.count(b"*") - operations))
        return bool(received)


def load(flags, addresses, more):
    ran = subprocess.run(
        [str(flags.build / "bin/cachekit-compare-storm"), "--url",
         "cachekit://" + ",".join(addresses), "--rate", str(flags.rate),
         "--seconds", str(flags.seconds), *more],
        capture_output=True, text=True, check=False, preexec_fn=servers.pinned(LOAD_CORE))
    if ran.returncode != 0:
        raise servers.Failure(f"the load failed: {ran.stderr.strip()}")
    got = json.loads(ran.stdout)
    if got["live"]["failed"]:
        raise servers.Failure(f"{got['live']['failed']} operations on live shards failed")
    return got


def run_silent(flags, nodes, retry_share):
    with SilentServer() as silent:
        got = load(flags, nodes + [silent.address],
                   ["--silent", silent.address, "--retry-share", str(retry_share)])
    return got, silent.operations


def row(name, live, offered="", received=""):
    print(f"{name:<28}{live['p50_ms']:>10.3f}{live['p99_ms']:>10.3f}{live['p999_ms']:>10.3f}"
          f"{offered:>10}{received:>10}" + (f"{received / offered:>8.2f}" if offered else ""))


def compare(flags, nodes):
    print(f"{'':<28}{'p50 ms':>10}{'p99 ms':>10}{'p99.9 ms':>10}{'offered':>10}{'received':>10}")
    well = servers.Node(flags.build / "bin")
    with contextlib.ExitStack() as stack:
        stack.callback(well.stop)
        well.start(NODE_CORE, 0, 0, 0)
        row("all three are well", load(flags, nodes + [f"127.0.0.1:{well.port}"], [])["live"])
    for name, share in (("one is silent", BUDGET), ("the same, without a budget", NO_BUDGET)):
        got, received = run_silent(flags, nodes, share)
        row(name, got["live"], got["silent"]["offered"], received)


def run():
    flags = parse()
    print(report.machine_text(report.machine()))
    nodes = [servers.Node(flags.build / "bin") for _ in range(2)]
    try:
        for node in nodes:
            node.start(NODE_CORE, 0, 0, 0)
        compare(flags, [f"127.0.0.1:{node.port}" for node in nodes])
    finally:
        for node in nodes:
            node.stop()


if __name__ == "__main__":
    sys.exit(servers.run_as_program("storm.py", run))
