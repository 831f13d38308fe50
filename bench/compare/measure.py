"""Measures cells: the servers in turn, several turns, so that what disturbs the machine for a while
disturbs them alike; medians over the turns."""

import dataclasses
import statistics
import sys

import cells as cells_of
import servers as servers_of

# What a server may need for an entry beside key and value, for planning alone.
PLANNED_OVERHEAD_BYTES = 150
USABLE_SHARE_OF_MEMORY = 0.85


@dataclasses.dataclass(frozen=True)
class Plan:
    turns: int
    server_cpu_s: float   # of each turn
    seconds: float        # a turn ends then at the latest
    server_core: int
    load_core: int


def available_bytes():
    with open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    raise servers_of.Failure("/proc/meminfo does not tell MemAvailable")


def all_fit(servers, data):
    entry = cells_of.KEY_BYTES + data.value_bytes + PLANNED_OVERHEAD_BYTES
    holding = [name for name in servers if name != "floor"]
    return len(holding) * data.keys * entry < available_bytes() * USABLE_SHARE_OF_MEMORY


def say(text):
    print(text, file=sys.stderr, flush=True)


def start_and_fill(server, loader, data, plan):
    server.start(plan.server_core, data.keys, cells_of.KEY_BYTES, data.value_bytes)
    if server.entries() is not None:
        loader.fill(server, data.keys, data.value_bytes)
        loader.settle(server, data.keys, data.value_bytes)


def figures(result):
    requests = result["requests"]
    user = result["server_user_s"] / requests * 1e6
    system = result["server_system_s"] / requests * 1e6
    return {"ops_per_s": requests / result["elapsed_s"], "user_us": user, "system_us": system,
            "cpu_us": user + system, "p50_us": result["p50_us"], "p99_us": result["p99_us"],
            "p999_us": result["p999_us"], "server_cpu_s": user * requests / 1e6 +
            system * requests / 1e6}


def run_cell(server, loader, cell, plan, turn):
    result = loader.run(server, cell.operation, cell.data.keys, cell.data.value_bytes,
                        depth=cell.depth, connections=cells_of.CONNECTIONS, seconds=plan.seconds,
                        server_cpu=plan.server_cpu_s, seed=turn + 1)
    if result["misses"] > 0:
        raise servers_of.Failure(f"{server.name} missed {result['misses']} of "
                                 f"{result['requests']} requests of {cell.name}")
    return figures(result)


def measure_data(servers, loader, cells, plan):
    """Turns by cell name and server name, for cells of the same data."""
    data = cells[0].data
    turns = {cell.name: {name: [] for name in servers} for cell in cells}
    together = all_fit(servers, data)
    say(f"{data.name}: " + ("all servers hold it at once" if together else
                            "one server at a time, started and filled anew for each turn"))
    try:
        if together:
            for server in servers.values():
                start_and_fill(server, loader, data, plan)
        for turn in range(plan.turns):
            say(f"{data.name}: turn {turn + 1} of {plan.turns}")
            measure_turn(servers, loader, cells, plan, turn, turns, together)
    finally:
        for server in servers.values():
            server.stop()
    return turns


def measure_turn(servers, loader, cells, plan, turn, turns, together):
    if together:
        for cell in cells:
            for name, server in servers.items():
                turns[cell.name][name].append(run_cell(server, loader, cell, plan, turn))
        return
    for name, server in servers.items():
        start_and_fill(server, loader, cells[0].data, plan)
        for cell in cells:
            turns[cell.name][name].append(run_cell(server, loader, cell, plan, turn))
        server.stop()


def medians(turns):
    """Of each figure; the CPU time is summed, which tells how precise the figures are."""
    middle = {key: statistics.median(turn[key] for turn in turns) for key in turns[0]}
    middle["server_cpu_s"] = sum(turn["server_cpu_s"] for turn in turns)
    return middle
