#!/usr/bin/env python3
"""Compares cachekit-node with redis-server, memcached and the floor: a server on libuv that only
finds the end of each command and answers with a constant.

    bench/compare/compare.py                CPU time, rate and latency, every cell (about an hour)
    bench/compare/compare.py --quick        a few cells, some seconds each
    bench/compare/compare.py --memory       memory for an entry

Each server has one core and the load another. bench/README.md tells the method.
"""

import argparse
import json
import os
import pathlib
import sys

import cells as cells_of
import load
import measure
import memory
import report
import servers as servers_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
FULL = {"turns": 5, "server_cpu_s": 4.1, "seconds": 15}
QUICK = {"turns": 3, "server_cpu_s": 0.5, "seconds": 2}


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few cells, little CPU time for each")
    parser.add_argument("--memory", action="store_true", help="measure memory instead")
    parser.add_argument("--entries", type=int, default=0,
                        help="with --memory: how many [as many as fit, at most 30 million]")
    parser.add_argument("--servers", default="floor,node,redis,memcached",
                        help="which, separated by commas [%(default)s]")
    parser.add_argument("--cells", default=None, metavar="PATTERNS",
                        help="such as 'GET/*/500B/100k,SET/1/*': operation/depth/value/keys [all]")
    parser.add_argument("--turns", type=int, help="[5; with --quick 3]")
    parser.add_argument("--server-cpu", type=float, metavar="S",
                        help="CPU time of the server in each turn [4.1; with --quick 0.5]")
    parser.add_argument("--json", metavar="FILE", help="write everything measured there")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release",
                        help="the build folder [build/release]")
    parser.add_argument("--node", metavar="PATH", help="another cachekit-node than the build's")
    parser.add_argument("--cores", default="0,1", metavar="SERVER,LOAD", help="[%(default)s]")
    parser.add_argument("--allow-debug", action="store_true",
                        help="run although the build is not optimised; its figures mean nothing")
    return parser.parse_args()


def plan_of(flags):
    chosen = dict(QUICK if flags.quick else FULL)
    if flags.turns:
        chosen["turns"] = flags.turns
    if flags.server_cpu:
        chosen["server_cpu_s"] = flags.server_cpu
        chosen["seconds"] = 4 * flags.server_cpu
    server_core, load_core = (int(core) for core in flags.cores.split(","))
    allowed = os.sched_getaffinity(0)
    if not {server_core, load_core} <= allowed or server_core == load_core:
        raise servers_of.Failure(f"--cores {flags.cores}: expected two of {sorted(allowed)}")
    return measure.Plan(server_core=server_core, load_core=load_core, **chosen)


def check_build(loader, allow_debug):
    if not loader.program.exists():
        raise servers_of.Failure(f"{loader.program} is not there: build the release preset, or name "
                                 "the build folder by --build")
    kind = loader.unfit_build()
    if kind and not allow_debug:
        raise servers_of.Failure(f"this is {kind}, so its figures mean nothing: build the release "
                                 "preset, or add --allow-debug")


def compare(flags, servers, loader, plan, facts):
    chosen = cells_of.chosen(flags.cells or (cells_of.QUICK if flags.quick else "*"))
    if not chosen:
        raise servers_of.Failure(f"no cell fits {flags.cells}; there are "
                                 + ", ".join(cell.name for cell in cells_of.ALL))
    print(f"settings  {cells_of.CONNECTIONS} connections, keys of {cells_of.KEY_BYTES} bytes, "
          f"{plan.turns} turns of {plan.server_cpu_s} s of server CPU, server on core "
          f"{plan.server_core}, load on core {plan.load_core}\n", flush=True)
    turns, figures = {}, {}
    for cells in cells_of.by_data(chosen).values():
        turns.update(measure.measure_data(servers, loader, cells, plan))
        for cell in cells:
            figures[cell.name] = {name: measure.medians(of_server)
                                  for name, of_server in turns[cell.name].items()}
            print(report.cell_text(cell, figures[cell.name]), flush=True)
    print(report.summary_text(chosen, figures))
    return {**facts, "medians": figures, "turns": turns}


def measure_memory(flags, servers, loader, plan, facts):
    servers = {name: server for name, server in servers.items()
               if not isinstance(server, servers_of.Floor)}
    rows = memory.measure_all(servers, loader, plan.server_core, flags.entries)
    print(report.memory_text(rows))
    return {**facts, "memory": rows}


def run():
    flags = parse()
    programs = flags.build / "bin"
    plan = plan_of(flags)
    loader = load.Loader(programs, plan.load_core)
    check_build(loader, flags.allow_debug)
    servers = servers_of.make(servers_of.chosen(flags.servers), programs, flags.node)
    facts = {"machine": report.machine(),
             "versions": {name: server.version() for name, server in servers.items()}}
    print(report.machine_text(facts["machine"]))
    for name, version in facts["versions"].items():
        print(f"{name:<10}{version}")
    what = measure_memory if flags.memory else compare
    measured = what(flags, servers, loader, plan, facts)
    if flags.json:
        pathlib.Path(flags.json).write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(servers_of.run_as_program("compare.py", run))
