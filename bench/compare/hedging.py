#!/usr/bin/env python3
"""What hedged reads gain while a primary stands still for 20 ms in every second: GETs at a steady
rate (open loop) from one shard with a replica, without and with hedging, in turn.

    bench/compare/hedging.py                      5 turns of 10 s each, 2,000 GETs a second
    bench/compare/hedging.py --turns 1 --seconds 3

Printed are medians: latency from the time at which a read was due, and how many more reads the two
nodes executed than were asked for.
"""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import report
import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE_CORE, LOAD_CORE = 0, 1
LINK_LIMIT_S = 20
HEDGE_SHARE = 0.05


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5, help="for each way [%(default)s]")
    parser.add_argument("--seconds", type=float, default=10, help="of a turn [%(default)s]")
    parser.add_argument("--rate", type=int, default=2000, help="GETs a second [%(default)s]")
    parser.add_argument("--pause-ms", type=float, default=20, help="in every second [%(default)s]")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release",
                        help="the build folder [build/release]")
    return parser.parse_args()


def field(server, name):
    for line in server.ask(b"INFO\r\nPING\r\n", b"+PONG\r\n").splitlines():
        if line.startswith(name + ":"):
            return line.split(":", 1)[1]
    raise servers.Failure(f"a node does not tell its {name}")


def reads_of(nodes):
    return sum(int(field(node, name)) for node in nodes
               for name in ("keyspace_hits", "keyspace_misses"))


def follow(replica, primary):
    replica.ask(f"REPLICAOF 127.0.0.1 {primary.port}\r\n".encode(), b"\r\n")
    deadline = time.monotonic() + LINK_LIMIT_S
    while field(replica, "master_link_status") != "up":
        if time.monotonic() > deadline:
            raise servers.Failure("the replica does not reach its primary")
        time.sleep(0.05)


@contextlib.contextmanager
def pauses(process, pause_s):
    """SIGSTOP for so long in every second, until the end."""
    over = threading.Event()

    def pause():
        while not over.wait(1 - pause_s):
            os.kill(process.pid, signal.SIGSTOP)
            time.sleep(pause_s)
            os.kill(process.pid, signal.SIGCONT)
    thread = threading.Thread(target=pause)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def load(program, url, flags):
    ran = subprocess.run([str(program), "--json", "--url", url, "--key-size", "20", *flags],
                         capture_output=True, text=True, check=False,
                         preexec_fn=servers.pinned(LOAD_CORE))
    if ran.returncode != 0:
        raise servers.Failure(f"the load failed: {ran.stderr.strip()}")
    return json.loads(ran.stdout)


def run_turn(flags, program, url, nodes, hedge_share):
    before = reads_of(nodes)
    with pauses(nodes[0].process, flags.pause_ms / 1000):
        got = load(program, url, ["--no-preload", "--get-ratio", "1", "--threads", "8",
                                  "--rate", str(flags.rate), "--duration", str(flags.seconds),
                                  "--hedge-share", str(hedge_share)])
    if got["errors"] or got["misses"]:
        raise servers.Failure(f"{got['errors']} errors and {got['misses']} misses")
    return {"p50_ms": got["get"]["p50_s"] * 1e3, "p99_ms": got["get"]["p99_s"] * 1e3,
            "p99_9_ms": got["get"]["p99_9_s"] * 1e3, "max_ms": got["get"]["max_s"] * 1e3,
            "more_percent": 100 * ((reads_of(nodes) - before) / got["requests"] - 1)}


def compare(flags, program, url, nodes):
    load(program, url, ["--duration", "0.1"])  # writes the keys
    turns = {0: [], HEDGE_SHARE: []}
    for _ in range(flags.turns):
        for share, of_share in turns.items():
            of_share.append(run_turn(flags, program, url, nodes, share))
    for share, of_share in turns.items():
        median = {name: statistics.median(turn[name] for turn in of_share) for name in of_share[0]}
        print(f"hedge share {share:<5} p50 {median['p50_ms']:6.3f} ms  p99 {median['p99_ms']:6.2f}"
              f"  p99.9 {median['p99_9_ms']:6.2f}  max {median['max_ms']:6.1f}  more reads"
              f" {median['more_percent']:.2f} %")


def run():
    flags = parse()
    programs = flags.build / "bin"
    print(report.machine_text(report.machine()))
    nodes = [servers.Node(programs), servers.Node(programs)]
    with tempfile.TemporaryDirectory() as folder:
        try:
            for node in nodes:
                node.start(NODE_CORE, 0, 0, 0)
            follow(nodes[1], nodes[0])
            topology = pathlib.Path(folder) / "topology.json"
            addresses = [f"127.0.0.1:{node.port}" for node in nodes]
            topology.write_text(json.dumps(
                {"version": 1, "ring": {"hash": "xxh3", "points": 4096},
                 "shards": [{"name": "s", "primary": addresses[0],
                             "replicas": addresses[1:]}]}), encoding="utf-8")
            compare(flags, programs / "cachekit-bench", f"file://{topology}", nodes)
        finally:
            for node in nodes:
                node.stop()


if __name__ == "__main__":
    sys.exit(servers.run_as_program("hedging.py", run))
