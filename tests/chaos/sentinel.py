#!/usr/bin/python3
"""The chaos run for Redis with Sentinel: the load, the faults and the report of cachekit-chaos.

    tests/chaos/sentinel.py --fault kill --down-after 500

README.md tells what both do. Needs redis-server 7 and redis-py (python3-redis).
"""

import argparse
import json
import pathlib
import shutil
import signal
import sys
import time

import redis

from redis_cluster import PROGRAM, Cluster, Failure
from redis_faults import FAULTS
from redis_load import Load
from redis_network import NoNetwork, enter_own_network
from redis_report import Report

SETTLING_TIME_S = 2  # before the first fault
KEYS_AT_ONCE = 500


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fault", choices=FAULTS, default="kill",
                        help="what is done to masters [%(default)s]")
    parser.add_argument("--seconds", type=int, default=60, help="how long the load runs [60]")
    parser.add_argument("--period", type=int, default=20, metavar="SECONDS",
                        help="from one fault to the next [20]")
    parser.add_argument("--fault-seconds", type=int, default=8, metavar="SECONDS",
                        help="of a pause, a cut, a bad or slow link [8]")
    parser.add_argument("--fill-mb", type=int, default=32, metavar="MB",
                        help="what the shard of a slow replica is filled with [32]")
    parser.add_argument("--copied-kb-per-second", type=int, default=1024, metavar="KB",
                        help="what a slow replica gets [1024]")
    parser.add_argument("--down-after", type=int, default=500, metavar="MS",
                        help="Sentinel's down-after-milliseconds [500]")
    parser.add_argument("--follow", action="store_true",
                        help="clients ask Sentinel every 100 ms, not only when a connection fails")
    parser.add_argument("--shards", type=int, default=3, help="[3]")
    parser.add_argument("--replicas", type=int, default=2, help="of each shard [2]")
    parser.add_argument("--sentinels", type=int, default=3, help="at least two must agree [3]")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="file for the report")
    return parser.parse_args()


def strike_all(fault, shards, period_s, end):
    """Strikes one shard after the other; a fault that takes longer than the period has the next
    one follow at once."""
    due = time.monotonic() + SETTLING_TIME_S
    strikes = 0
    while due < end:
        time.sleep(max(due - time.monotonic(), 0))
        fault.strike(shards[strikes % len(shards)])
        strikes += 1
        due += period_s
    time.sleep(max(end - time.monotonic(), 0))


def missing(master, ledger):
    """Of the acknowledged numbers, those that the master does not have."""
    absent = []
    for start in range(0, len(ledger.acknowledged), KEYS_AT_ONCE):
        numbers = ledger.acknowledged[start:start + KEYS_AT_ONCE]
        values = master.ask().mget([ledger.key_of(number) for number in numbers])
        absent += [number for number, value in zip(numbers, values) if value != str(number)]
    return absent


def warn(sentence):
    print(f"sentinel.py: {sentence}", file=sys.stderr)


def settle(cluster):
    """Who has not settled is counted as it is."""
    try:
        cluster.wait_until_whole()
    except Failure as failure:
        warn(f"{failure}; counted at the master that Sentinel names")


def run(flags):
    kind = FAULTS[flags.fault]
    with Cluster(flags.shards, flags.replicas, flags.sentinels, flags.down_after,
                 kind.NEEDS_LINKS) as cluster:
        fault = kind(cluster, flags)
        with Load(cluster.shards, cluster.sentinel_ports, flags.follow) as load:
            began = time.monotonic()
            strike_all(fault, cluster.shards, flags.period, began + flags.seconds)
            seconds = time.monotonic() - began
            ledgers = load.stop()
        settle(cluster)
        lost = {shard: [missing(cluster.master(shard), ledger) for ledger in pair]
                for shard, pair in ledgers.items()}
        report = Report(flags.fault, seconds, ledgers, fault.done, lost)
        report.add(fault, cluster.promotions())
        if cluster.standstills():
            warn("the machine stood still for more than 2 s; repeat the run")
    print(report.text(), end="")
    if flags.json:
        flags.json.write_text(json.dumps(report.fields, indent=2) + "\n", encoding="utf-8")


def main():
    flags = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # unwinds as Ctrl-C does
    if shutil.which(PROGRAM) is None:
        sys.exit(f"sentinel.py: {PROGRAM} is missing: scripts/install-dependencies.sh")
    try:
        if FAULTS[flags.fault].NEEDS_NETWORK:
            enter_own_network()
        run(flags)
    except (Failure, NoNetwork, redis.RedisError) as failure:
        sys.exit(f"sentinel.py: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
