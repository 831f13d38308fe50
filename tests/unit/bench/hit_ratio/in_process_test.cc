#include "bench/hit_ratio/in_process.h"

#include <doctest/doctest.h>

#include <string>

namespace cachekit::test {
namespace {

using bench::hit_ratio::replay_in_process;
using bench::hit_ratio::Trace;
using node::storage::EvictionKind;

// `keys` keys of a thousand bytes each, one after the other, `rounds` times.
Trace loop(std::uint32_t keys, int rounds, std::size_t limit_bytes) {
  Trace trace;
  trace.spec.limit_bytes = limit_bytes;
  trace.largest_value_bytes = 1000;
  for (std::uint32_t key = 0; key < keys; ++key) trace.keys.push_back(std::to_string(key));
  for (int round = 0; round < rounds; ++round) {
    for (std::uint32_t key = 0; key < keys; ++key) trace.requests.push_back({key, 1000});
  }
  return trace;
}

TEST_CASE("replay in process: what fits is missed once") {
  for (const auto kind :
       {EvictionKind::lru, EvictionKind::lfu, EvictionKind::s3fifo, EvictionKind::adaptive}) {
    const auto replay = replay_in_process(loop(1000, 5, std::size_t{4} << 20), kind);
    CHECK(replay.requests == 5000);
    CHECK(replay.misses == 1000);
  }
}

TEST_CASE("replay in process: lru misses all of a loop that does not fit") {
  const auto replay = replay_in_process(loop(1000, 5, std::size_t{1} << 19), EvictionKind::lru);
  CHECK(replay.misses == 5000);
}

TEST_CASE("replay in process: adaptive keeps a part of it") {
  const auto replay =
      replay_in_process(loop(1000, 20, std::size_t{3} << 18), EvictionKind::adaptive);
  CHECK(replay.misses < 19000);
}

}  // namespace
}  // namespace cachekit::test
