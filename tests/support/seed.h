// Seeds for random tests: fresh at every run, printed, and replayable.

#pragma once

#include <cstdint>

namespace cachekit::test {

/// The seed in the environment variable CACHEKIT_TEST_SEED (`tests/run.sh --seed N` sets it),
/// otherwise a fresh one. Printed once for a process, so that a failure can be replayed.
std::uint64_t seed();

}  // namespace cachekit::test
