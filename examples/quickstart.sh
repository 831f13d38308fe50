#!/usr/bin/env bash
# From an empty machine to a sharded cache that answers: installs what is missing, builds, starts
# three nodes on free ports, runs a session and real work through the client, puts the canonical
# load on them, and stops them.
#
#   examples/quickstart.sh [--quick]      --quick: two seconds of load instead of ten
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "quickstart: $*" >&2
  exit 1
}

load_options=()
case "${1:-}" in
  "") ;;
  --quick) load_options=(--duration 2) ;;
  -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0" && exit 0 ;;
  *) fail "unknown option '$1'; see --help" ;;
esac

if [[ -t 1 ]]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi
title() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

scratch=$(mktemp -d)
cluster_started=
clean_up() {
  local result=$?
  if [[ -n "$cluster_started" ]]; then
    "$bin/cachekit-ctl" down --folder "$scratch/cluster" >/dev/null 2>&1 || result=1
  fi
  rm -rf "$scratch"
  exit "$result"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

./scripts/install-dependencies.sh build

title "Building (a few minutes the first time)"
build=build/release
bin=$build/bin
if [[ ! -e $build/build.ninja ]]; then
  cmake --preset release -DCACHEKIT_TESTS=OFF -DCACHEKIT_BENCHMARKS=OFF -DCACHEKIT_PYTHON=OFF \
    >"$scratch/log" 2>&1 || { cat "$scratch/log"; fail "configuring failed; see above"; }
fi
cmake --build $build --target cachekit-node cachekit-ctl cachekit-bench quickstart \
  >"$scratch/log" 2>&1 || { tail -n 40 "$scratch/log"; fail "building failed; see above"; }
echo "programs are in $bin/"

title "Starting three nodes"
cluster_started=yes
"$bin/cachekit-ctl" up --shards 3 --folder "$scratch/cluster" >"$scratch/log" ||
  { cat "$scratch/log"; fail "the nodes did not start; see above"; }
url=file://$scratch/cluster/topology.json

"$bin/quickstart" "$url"

title "The canonical load"
"$bin/cachekit-bench" --url "$url" ${load_options[@]+"${load_options[@]}"}

"$bin/cachekit-ctl" down --folder "$scratch/cluster" >/dev/null || fail "a node did not stop cleanly"
cluster_started=

title "The nodes are stopped. What to try next"
suggest() { printf '  %-46s %s\n' "$1" "$2"; }
suggest "$bin/cachekit-ctl up --shards 3" "a cluster of your own; then status, where KEY, down"
suggest "$bin/cachekit-node --port 7379" "one node; redis-cli -p 7379 talks to it"
suggest "$bin/cachekit-bench --help" "other loads, and replaying a trace"
suggest "./tests/run.sh" "every test"
suggest "examples/quickstart.cc" "what you have just seen, in C++"
