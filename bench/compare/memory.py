"""Memory for an entry: each server alone, filled, without and with a TTL on every entry."""

import time

import measure
import servers as servers_of

SHAPES = ((50, 500), (16, 32))  # key and value, bytes
MOST_ENTRIES = 30_000_000
TTL_S = 1_000_000
# Until what was freed while it grew has gone back to the system, if it does.
QUIET_S = 2


def entries_that_fit(key_bytes, value_bytes):
    entry = key_bytes + value_bytes + measure.PLANNED_OVERHEAD_BYTES + 30
    fitting = int(measure.available_bytes() * measure.USABLE_SHARE_OF_MEMORY / entry)
    return min(MOST_ENTRIES, fitting // 1_000_000 * 1_000_000)


def measure_one(server, loader, core, entries, key_bytes, value_bytes, ttl_s):
    try:
        server.start(core, entries, key_bytes, value_bytes)
        empty = server.resident_bytes()
        loader.fill(server, entries, value_bytes, key_bytes, ttl_s)
        time.sleep(QUIET_S)
        full = server.resident_bytes()
    finally:
        server.stop()
    payload = key_bytes + value_bytes
    return {"entries": entries, "key_bytes": key_bytes, "value_bytes": value_bytes,
            "ttl": ttl_s > 0, "empty_bytes": empty, "resident_bytes": full,
            "overhead_bytes": (full - empty) / entries - payload,
            "overhead_of_process_bytes": full / entries - payload}


def measure_all(servers, loader, core, entries):
    rows = []
    for key_bytes, value_bytes in SHAPES:
        count = entries or entries_that_fit(key_bytes, value_bytes)
        if count == 0:
            raise servers_of.Failure("not even a million entries fit; name a number by --entries")
        for ttl_s in (0, TTL_S):
            for name, server in servers.items():
                measure.say(f"{name}: {count} entries of {key_bytes} + {value_bytes} bytes"
                            + (", with a TTL" if ttl_s else ""))
                row = measure_one(server, loader, core, count, key_bytes, value_bytes, ttl_s)
                rows.append({"server": name, **row})
    return rows
