#include "bench/hit_ratio/near_replay.h"

#include <doctest/doctest.h>

#include <string>

namespace cachekit::test {
namespace {

using bench::hit_ratio::NearPolicy;
using bench::hit_ratio::replay_near;
using bench::hit_ratio::Trace;

// `used` keys of a thousand bytes twice, then `once` others, then the first ones again.
Trace scan(std::uint32_t used, std::uint32_t once, std::size_t limit_bytes) {
  Trace trace;
  trace.spec.limit_bytes = limit_bytes;
  trace.largest_value_bytes = 1000;
  for (std::uint32_t key = 0; key < used + once; ++key) trace.keys.push_back(std::to_string(key));
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t key = 0; key < used; ++key) trace.requests.push_back({key, 1000});
    if (round != 1) continue;
    for (std::uint32_t key = used; key < used + once; ++key) trace.requests.push_back({key, 1000});
  }
  return trace;
}

TEST_CASE("replay near: what fits is missed once") {
  for (const auto policy : {NearPolicy::near_cache, NearPolicy::lru, NearPolicy::tiny_lfu}) {
    const auto replay = replay_near(scan(500, 0, std::size_t{1} << 20), policy);
    CHECK(replay.requests == 1500);
    CHECK(replay.misses == 500);
  }
}

TEST_CASE(
    "replay near: a scan drives everything out of LRU and next to nothing out of the others") {
  const Trace trace = scan(500, 3000, std::size_t{1} << 20);
  CHECK(replay_near(trace, NearPolicy::lru).misses == 500 + 3000 + 500);
  CHECK(replay_near(trace, NearPolicy::near_cache).misses < 500 + 3000 + 20);
  CHECK(replay_near(trace, NearPolicy::tiny_lfu).misses < 500 + 3000 + 20);
}

}  // namespace
}  // namespace cachekit::test
