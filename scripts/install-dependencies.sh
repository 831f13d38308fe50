#!/usr/bin/env bash
# Installs what cachekit needs, from the system's own packages.
#
#   scripts/install-dependencies.sh [build|test|all]     default: all
#
# build: to build the library, the node and the tools. test: for the tests besides. Asks for nothing
# that is there already, so a second run is instant and needs no network.
set -euo pipefail

build_packages=(
  ca-certificates cmake g++ git ninja-build pkg-config
  libcli11-dev libcurl4-openssl-dev libexpected-dev libfmt-dev libhiredis-dev libjemalloc-dev
  libspdlog-dev libuv1-dev libxxhash-dev libzstd-dev nlohmann-json3-dev
)
test_packages=(
  clang-19 clang-format-19 llvm-19 libclang-rt-19-dev
  doctest-dev libbenchmark-dev
  pybind11-dev python3 python3-dev python3-pytest python3-redis
  etcd-client etcd-server iproute2 libmsgpack-cxx-dev memcached nftables redis-server redis-tools zstd
)

fail() {
  echo "install-dependencies: $*" >&2
  exit 1
}

case "${1:-all}" in
  build) wanted=("${build_packages[@]}") ;;
  test) wanted=("${test_packages[@]}") ;;
  all) wanted=("${build_packages[@]}" "${test_packages[@]}") ;;
  *) fail "unknown group '$1': say build, test or all" ;;
esac

if [[ -n "${CACHEKIT_SKIP_INSTALL:-}" ]]; then
  exit 0
fi
if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  fail "this system has no apt; install what these Debian packages hold, then run the command again with
CACHEKIT_SKIP_INSTALL=1 in the environment: ${wanted[*]}"
fi

is_installed() {
  [[ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null)" == "ii " ]]
}

missing=()
for package in "${wanted[@]}"; do
  is_installed "$package" || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

as_root=()
if [[ "$(id -u)" -ne 0 ]]; then
  command -v sudo >/dev/null ||
    fail "as root, run: apt-get install ${missing[*]}"
  as_root=(sudo)
fi

# Tests start their own servers; the system's Redis or etcd must not start just because it was
# installed.
policy=/usr/sbin/policy-rc.d
forbid_service_starts() {
  [[ -e "$policy" ]] && return
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod +x "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
}

echo "installing: ${missing[*]}"
forbid_service_starts
"${as_root[@]}" apt-get update -q >/dev/null ||
  fail "apt-get update failed; check the network and the package sources, then run this again"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -q -y --no-install-recommends "${missing[@]}" >/dev/null ||
  fail "apt-get could not install: ${missing[*]}. Debian 12 or newer and recent Ubuntu have them all"
