"""Tables of what was measured, and the goals beside them."""

import os
import platform

# shared goals: CPU time of the node over the floor's, and user CPU time over Redis's.
GOAL_OVER_FLOOR = {1: 1.15, 16: 1.25, 64: 1.25}
GOAL_OVER_REDIS_USER = 0.5
GOAL_OVER_REDIS_USER_AT_10M = 0.45
TEN_MILLION = 10_000_000


def machine():
    processor = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                processor = line.split(":", 1)[1].strip()
                break
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"processor": processor, "cores": os.cpu_count(), "memory_bytes": memory,
            "kernel": f"{platform.system()} {platform.release()}"}


def machine_text(facts):
    return (f"machine   {facts['processor']}, {facts['cores']} cores, "
            f"{facts['memory_bytes'] / (1 << 30):.1f} GiB, {facts['kernel']}")


def ratio(figures, other, key):
    if other not in figures or figures[other][key] == 0:
        return None
    return {name: figures[name][key] / figures[other][key] for name in figures}


def shown(ratios, name):
    return "" if ratios is None else f"{ratios[name]:.2f}"


def cell_text(cell, figures):
    """One cell: a line for each server."""
    over_floor = ratio(figures, "floor", "cpu_us")
    over_redis = ratio(figures, "redis", "user_us")
    lines = [f"{cell.operation.upper()}, depth {cell.depth}, {cell.data.value_bytes} B, "
             f"{cell.data.keys:,} keys",
             f"  {'':<10}{'ops/s':>11}{'CPU µs':>9}{'user':>8}{'system':>8}{'p50 µs':>9}"
             f"{'p99 µs':>9}{'p99.9':>9}{'× floor':>9}{'user × Redis':>14}"]
    for name, row in figures.items():
        lines.append(
            f"  {name:<10}{row['ops_per_s']:>11,.0f}{row['cpu_us']:>9.3f}{row['user_us']:>8.3f}"
            f"{row['system_us']:>8.3f}{row['p50_us']:>9.0f}{row['p99_us']:>9.0f}"
            f"{row['p999_us']:>9.0f}{shown(over_floor, name):>9}{shown(over_redis, name):>14}")
    return "\n".join(lines + goal_lines(cell, figures)) + "\n"


def goals_of(cell):
    user = GOAL_OVER_REDIS_USER_AT_10M if cell.data.keys >= TEN_MILLION else GOAL_OVER_REDIS_USER
    return (("floor", "cpu_us", GOAL_OVER_FLOOR[cell.depth], "CPU over the floor's"),
            ("redis", "user_us", user, "user CPU over Redis's"))


def goal_lines(cell, figures):
    lines = []
    for other, key, goal, what in goals_of(cell):
        ratios = ratio(figures, other, key)
        if ratios is None or "node" not in ratios:
            continue
        verdict = "reached" if ratios["node"] <= goal else "missed"
        lines.append(f"  goal: {what} at most {goal}: {ratios['node']:.2f}, {verdict}")
    return lines


def summary_text(cells, figures):
    """The node's ratios, a line for each cell, in the form of a table for a README."""
    lines = ["| cell | floor µs | node µs (user + system) | × floor | Redis user µs | user × Redis |",
             "|---|---|---|---|---|---|"]
    for cell in cells:
        row = figures[cell.name]
        if not {"node", "floor", "redis"} <= row.keys():
            return ""
        node, floor, redis = row["node"], row["floor"], row["redis"]
        lines.append(
            f"| {cell.name} | {floor['cpu_us']:.2f} | {node['cpu_us']:.2f} "
            f"({node['user_us']:.2f} + {node['system_us']:.2f}) | "
            f"{node['cpu_us'] / floor['cpu_us']:.2f} | {redis['user_us']:.2f} | "
            f"{shown(ratio(row, 'redis', 'user_us'), 'node')} |")
    return "\n".join(lines) + "\n"


def memory_text(rows):
    lines = [f"{'server':<11}{'key':>5}{'value':>7}{'TTL':>5}{'entries':>13}{'RSS GiB':>10}"
             f"{'overhead B':>12}{'with process B':>16}"]
    for row in rows:
        lines.append(
            f"{row['server']:<11}{row['key_bytes']:>5}{row['value_bytes']:>7}"
            f"{'yes' if row['ttl'] else 'no':>5}{row['entries']:>13,}"
            f"{row['resident_bytes'] / (1 << 30):>10.3f}{row['overhead_bytes']:>12.1f}"
            f"{row['overhead_of_process_bytes']:>16.1f}")
    return "\n".join(lines) + "\n"
