#!/usr/bin/env bash
# Runs a fuzzer: run_fuzzer.sh PROGRAM SEED_CORPUS DICTIONARY. A failing input is left in the
# working directory, and its path printed; `PROGRAM PATH` replays it.
set -euo pipefail

program=$1
seed_corpus=$2
dictionary=$3
seconds=10
[[ -n "${CACHEKIT_TEST_LONG:-}" ]] && seconds=3600

# New inputs go into the first folder, which is thrown away; the committed one is only read.
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT

"$program" -max_total_time="$seconds" -seed="${CACHEKIT_TEST_SEED:-0}" -dict="$dictionary" \
  -max_len=8192 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
  -artifact_prefix="$PWD/$(basename "$program")-" "$found" "$seed_corpus"
