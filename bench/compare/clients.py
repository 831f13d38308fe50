#!/usr/bin/env python3
"""Compares client libraries: threads that GET or SET through one cachekit client, as many coroutines
on two threads of one, a hiredis socket for each thread, and hiredis with explicit pipelines.

    bench/compare/clients.py            1 to 1,024 threads, on cachekit-node and redis-server
    bench/compare/clients.py --quick    8 and 64 threads, GET, on cachekit-node

The server has one core; the client may use all. bench/README.md tells the method.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

import load
import report
import servers as servers_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIENTS = ("cachekit", "cachekit-coroutines", "hiredis", "hiredis-pipeline")
KEYS = 100_000
VALUE_BYTES = 500
SERVER_CORE, LOAD_CORE = 0, 1
TURN_LIMIT_S = 120


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--threads", default=None, help="[1,8,64,256,1024; with --quick 8,64]")
    parser.add_argument("--operations", default=None, help="[get,set; with --quick get]")
    parser.add_argument("--servers", default=None, help="[node,redis; with --quick node]")
    parser.add_argument("--turns", type=int, default=5, help="for each client [%(default)s]")
    parser.add_argument("--seconds", type=float, default=3, help="of a turn [%(default)s]")
    parser.add_argument("--json", metavar="FILE", help="write every turn there")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release",
                        help="the build folder [build/release]")
    return parser.parse_args()


def chosen(flag, quick, small, all_of_it):
    return (flag or (small if quick else all_of_it)).split(",")


def run_turn(program, server, client, operation, threads, seconds):
    command = [program, "--client", client, "--operation", operation, "--threads", threads,
               "--keys", KEYS, "--value-bytes", VALUE_BYTES, "--seconds", seconds,
               "--port", server.port, "--server-pid", server.process.pid]
    ran = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                         check=False, timeout=TURN_LIMIT_S + seconds)
    if ran.returncode != 0:
        raise servers_of.Failure(f"{client} on {server.name} failed: {ran.stderr.strip()}")
    turn = json.loads(ran.stdout)
    turn["client_us"] = turn["user_us"] + turn["system_us"]
    return turn


def medians(turns):
    return {field: statistics.median(turn[field] for turn in turns)
            for field, value in turns[0].items() if isinstance(value, (int, float))}


def row(client, figures, base):
    return (f"  {client:<20}{figures['requests_per_s']:>10,.0f} /s {figures['client_us']:>7.2f} us "
            f"({figures['user_us']:.2f} + {figures['system_us']:.2f}) server "
            f"{figures['server_us']:>6.2f} us   p50 {figures['p50_us']:>7.0f} p99 "
            f"{figures['p99_us']:>7.0f} p99.9 {figures['p999_us']:>7.0f}   rate x "
            f"{figures['requests_per_s'] / base['requests_per_s']:.2f}, CPU x "
            f"{figures['client_us'] / base['client_us']:.2f}")


def compare(flags, server, program):
    measured = []
    for operation in chosen(flags.operations, flags.quick, "get", "get,set"):
        for threads in chosen(flags.threads, flags.quick, "8,64", "1,8,64,256,1024"):
            turns = {client: [] for client in CLIENTS}
            for _ in range(flags.turns):
                for client in CLIENTS:
                    turns[client].append(run_turn(program, server, client, operation, threads,
                                                  flags.seconds))
            figures = {client: medians(of_client) for client, of_client in turns.items()}
            print(f"{server.name}, {operation}, {threads} threads (ratios to hiredis)")
            for client in CLIENTS:
                print(row(client, figures[client], figures["hiredis"]), flush=True)
            measured.append({"server": server.name, "operation": operation,
                             "threads": int(threads), "medians": figures, "turns": turns})
    return measured


def run():
    flags = parse()
    programs = flags.build / "bin"
    loader = load.Loader(programs, LOAD_CORE)
    if not loader.program.exists():
        raise servers_of.Failure(f"{loader.program} is not there: build the release preset")
    if kind := loader.unfit_build():
        raise servers_of.Failure(f"this is {kind}, so its figures mean nothing")
    print(report.machine_text(report.machine()))
    measured = []
    names = flags.servers or ("node" if flags.quick else "node,redis")
    for server in servers_of.make(servers_of.chosen(names), programs, None).values():
        try:
            server.start(SERVER_CORE, KEYS, load.cells.KEY_BYTES, VALUE_BYTES)
            loader.fill(server, KEYS, VALUE_BYTES)
            measured += compare(flags, server, programs / "cachekit-compare-client")
        finally:
            server.stop()
    if flags.json:
        facts = {"machine": report.machine(), "measured": measured}
        pathlib.Path(flags.json).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(servers_of.run_as_program("clients.py", run))
