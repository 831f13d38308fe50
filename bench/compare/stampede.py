#!/usr/bin/env python3
"""A stampede: 1,000 threads in four processes miss the same key at the same moment, whose source
takes 50 ms. How often the source is asked, and how long the callers wait, with leases and without.

    bench/compare/stampede.py               5 stampedes of either kind, in turn
    bench/compare/stampede.py --turns 1

Without a Loader the source would be asked 1,000 times.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

import report
import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE_CORE = 0
LEASE_MS = 5000
TIME_TO_START_S = 3  # four processes with 250 threads each


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5, help="for each kind [%(default)s]")
    parser.add_argument("--processes", type=int, default=4, help="[%(default)s]")
    parser.add_argument("--threads", type=int, default=250, help="of each [%(default)s]")
    parser.add_argument("--load-ms", type=int, default=50, help="[%(default)s]")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release",
                        help="the build folder [build/release]")
    return parser.parse_args()


def stampede(flags, node, lease_ms):
    """The loads in all, and the waits of all callers, sorted."""
    begin_at_ms = int((time.time() + TIME_TO_START_S) * 1000)
    command = [str(flags.build / "bin/cachekit-compare-stampede"),
               "--url", f"cachekit://127.0.0.1:{node.port}", "--threads", str(flags.threads),
               "--load-ms", str(flags.load_ms), "--lease-ms", str(lease_ms),
               "--begin-at-ms", str(begin_at_ms)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
                 for _ in range(flags.processes)]
    outputs = [process.communicate()[0] for process in processes]
    if any(process.returncode != 0 for process in processes):
        raise servers.Failure("a process of the stampede failed")
    parts = [json.loads(output) for output in outputs]
    if any(part["failures"] for part in parts):
        raise servers.Failure(f"{sum(part['failures'] for part in parts)} callers got no value")
    if any(part["late"] for part in parts):
        raise servers.Failure("the threads were not ready in time; the machine is too busy")
    return (sum(part["loads"] for part in parts),
            sorted(wait for part in parts for wait in part["waits_ms"]))


def row(name, turns):
    def median(share):
        return statistics.median(waits[min(int(share * len(waits)), len(waits) - 1)]
                                 for _, waits in turns)
    loads = ", ".join(str(loads) for loads, _ in turns)
    print(f"{name:<16} loads {loads:<20} p50 {median(0.5):6.1f} ms  p99 {median(0.99):6.1f}"
          f"  longest {median(1):6.1f}")


def run():
    flags = parse()
    print(report.machine_text(report.machine()))
    node = servers.Node(flags.build / "bin")
    kinds = {"with leases": (LEASE_MS, []), "without": (0, [])}
    try:
        node.start(NODE_CORE, 0, 0, 0)
        for _ in range(flags.turns):
            for lease_ms, turns in kinds.values():
                turns.append(stampede(flags, node, lease_ms))
    finally:
        node.stop()
    for name, (_, turns) in kinds.items():
        row(name, turns)


if __name__ == "__main__":
    sys.exit(servers.run_as_program("stampede.py", run))
