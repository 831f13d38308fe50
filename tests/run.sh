#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test through ctest.
#
#   tests/run.sh [--preset NAME]... [--suite LABEL] [--seed N] [--long]
#
#   --preset NAME   release, debug, asan or tsan; may be repeated. Default: release, then asan
#   --suite LABEL   one suite alone: unit, integration, conformance, simulation, chaos, latency,
#                   python, fuzz, layers
#   --seed N        replays the random tests with this seed (each run prints its own)
#   --long          the long forms: millions of random commands, whole traces, longer fuzzing
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "tests/run.sh: $*" >&2
  exit 1
}

presets=()
suite=
ctest_options=(--output-on-failure --no-tests=error --timeout 600
  --parallel "$(nproc)")
while [[ $# -gt 0 ]]; do
  option=$1
  case "$option" in
    --preset | --suite | --seed)
      [[ $# -ge 2 ]] || fail "$option needs a value; see --help"
      value=$2
      shift
      ;;&
    --preset) presets+=("$value") ;;
    --suite) suite=$value ;;
    --seed) export CACHEKIT_TEST_SEED=$value ;;
    --long) export CACHEKIT_TEST_LONG=1 ;;
    -h | --help)
      sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"
      exit 0
      ;;
    *) fail "unknown option '$option'; see --help" ;;
  esac
  shift
done

case "$suite" in
  "" | unit | integration | conformance | simulation | chaos | layers) default_presets=(release asan) ;;
  python) default_presets=(release) ;;   # the interpreter is built without sanitizers
  latency) default_presets=(release) ;;  # sanitizers make pauses of their own
  fuzz) default_presets=(asan) ;;
  *) fail "unknown suite '$suite'; see --help" ;;
esac
[[ -z "$suite" ]] || ctest_options+=(-L "^$suite\$")
[[ ${#presets[@]} -gt 0 ]] || presets=("${default_presets[@]}")

./scripts/install-dependencies.sh all

log=$(mktemp)
trap 'rm -f "$log"' EXIT

for preset in "${presets[@]}"; do
  echo "== $preset: build"
  cmake --preset "$preset" >"$log" 2>&1 || {
    cat "$log"
    fail "configuring $preset failed; see above"
  }
  cmake --build --preset "$preset" || fail "building $preset failed; see above"
  echo "== $preset: test"
  ctest --test-dir "build/$preset" "${ctest_options[@]}" ||
    fail "tests of $preset failed; replay one with --suite and the --seed printed above"
done
