// A second store that is fed only the effects of a first one equals it.

#include <doctest/doctest.h>

#include "tests/support/seed.h"
#include "tests/unit/node/commands/command_runner.h"
#include "tests/unit/node/commands/random_commands.h"
#include "tests/unit/node/storage/collections/typed_contents.h"

namespace cachekit::node {
namespace {

using storage::EvictionKind;
using storage::Store;

// Leader and follower, and a random stream of commands for the leader.
class Pair {
 public:
  Pair(std::uint64_t seed, std::size_t limit_bytes, EvictionKind eviction)
      : commands_(seed),
        leader({.max_memory_bytes = limit_bytes, .eviction = {.kind = eviction}}, link) {}

  void step() {
    if (commands_.below(50) == 0) {
      leader.maintain(commands_.now(), static_cast<std::size_t>(commands_.below(30)));
    }
    const std::string line = commands_.next();
    test::execute(line, leader, commands_.now());
  }

 private:
  test::RandomCommands commands_;
  test::NoSink nobody_;

 public:
  Store follower{{}, nobody_};
  test::FollowingSink link{follower};
  Store leader;
};

TEST_CASE("a store fed only the effects of another equals it at every point") {
  constexpr int steps = 40'000;
  // Also so little that a key which has just been set may have to go at once.
  constexpr std::pair<std::size_t, EvictionKind> cases[] = {{0, EvictionKind::lru},
                                                            {200'000, EvictionKind::adaptive},
                                                            {60'000, EvictionKind::lru},
                                                            {30'000, EvictionKind::s3fifo},
                                                            {30'000, EvictionKind::lfu}};
  for (const auto& [limit_bytes, eviction] : cases) {
    CAPTURE(limit_bytes);
    Pair pair(test::seed(), limit_bytes, eviction);
    for (int i = 0; i < steps; ++i) {
      pair.step();
      REQUIRE(pair.link.groups_balance());
      REQUIRE(pair.leader.size() == pair.follower.size());
      if (i % 500 == 0) {
        REQUIRE(test::typed_contents_of(pair.leader) == test::typed_contents_of(pair.follower));
      }
    }
    CHECK(test::typed_contents_of(pair.leader) == test::typed_contents_of(pair.follower));
    CHECK(pair.leader.statistics().expired_keys > 100);
    CHECK((pair.leader.statistics().evicted_keys > 100) == (limit_bytes != 0));
  }
}

}  // namespace
}  // namespace cachekit::node
