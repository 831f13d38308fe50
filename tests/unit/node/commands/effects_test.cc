// A second store that is fed only the effects of a first one equals it.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

#include "protocol/inline_command.h"
#include "protocol/segments.h"
#include "tests/support/seed.h"
#include "tests/unit/node/commands/command_runner.h"
#include "tests/unit/node/storage/contents.h"

namespace cachekit::node {
namespace {

using storage::EvictionKind;
using storage::Store;
using storage::UnixMillis;

// Leader and follower, and a random stream of commands for the leader.
class Pair {
 public:
  Pair(std::uint64_t seed, std::size_t limit_bytes)
      : random_(seed),
        leader({.max_memory_bytes = limit_bytes, .eviction = {.kind = EvictionKind::lru}}, link) {}

  void step() {
    now_ += below(20);
    if (below(50) == 0) leader.maintain(now_, random_() % 30);
    if (below(5000) == 0) return execute("FLUSHALL");
    execute(random_command());
  }

 private:
  std::mt19937_64 random_;
  UnixMillis now_ = 1'000'000'000;
  test::NoSink nobody_;

 public:
  Store follower{{}, nobody_};
  test::FollowingSink link{follower};
  Store leader;

 private:
  void execute(const std::string& line) {
    const auto words = protocol::split_inline_command(line);
    const std::vector<std::string_view> views(words->begin(), words->end());
    protocol::Segments segments;
    protocol::ReplyWriter reply(segments);
    test::execute(views, leader, now_, reply);
  }

  UnixMillis below(UnixMillis end) {
    return static_cast<UnixMillis>(random_() % static_cast<std::uint64_t>(end));
  }
  std::string key() { return fmt::format("k{}", below(300)); }
  std::string value() {
    if (below(3) == 0) return std::to_string(below(1000));
    const auto size = below(200) == 0 ? 40'000 : below(300);
    return fmt::format("\"{}\"", std::string(static_cast<std::size_t>(size), 'v'));
  }

  std::string random_command() {
    switch (below(22)) {
      case 0:
        return fmt::format("SET {} {}", key(), value());
      case 1:
        return fmt::format("SET {} {} PX {}", key(), value(), 1 + below(3000));
      case 2:
        return fmt::format("SET {} {} XX KEEPTTL", key(), value());
      case 3:
        return fmt::format("SET {} {} NX EX 2 GET", key(), value());
      case 4:
        return fmt::format("SET {} {} PXAT {}", key(), value(), now_ - 50 + below(100));
      case 5:
        return fmt::format("SET {} {} IFEQ {}", key(), value(), below(1000));
      case 6:
        return fmt::format("INCRBY {} {}", key(), below(100));
      case 7:
        return fmt::format("INCRBYFLOAT {} 0.{}", key(), below(100));
      case 8:
        return fmt::format("APPEND {} {}", key(), value());
      case 9:
        return fmt::format("SETRANGE {} {} {}", key(), below(200), value());
      case 10:
        return fmt::format("MSET {} {} {} {}", key(), value(), key(), value());
      case 11:
        return fmt::format("MSETNX {} {} {} {}", key(), value(), key(), value());
      case 12:
        return fmt::format("DEL {} {}", key(), key());
      case 13:
        return fmt::format("GETDEL {}", key());
      case 14:
        return fmt::format("GETEX {} PX {}", key(), 1 + below(2000));
      case 15:
        return fmt::format("PEXPIRE {} {}", key(), below(3000) - 100);
      case 16:
        return fmt::format("PEXPIRE {} {} LT", key(), below(3000));
      case 17:
        return fmt::format("PERSIST {}", key());
      case 18:
        return fmt::format("RENAME {} {}", key(), key());
      case 19:
        return fmt::format("RENAMENX {} {}", key(), key());
      case 20:
        return fmt::format("MGET {} {} {}", key(), key(), key());
      default:
        return fmt::format("GET {}", key());
    }
  }
};

TEST_CASE("a store fed only the effects of another equals it at every point") {
  constexpr int steps = 40'000;
  constexpr std::size_t limits[] = {0, 60'000, 30'000};
  for (const std::size_t limit_bytes : limits) {
    CAPTURE(limit_bytes);
    Pair pair(test::seed(), limit_bytes);
    for (int i = 0; i < steps; ++i) {
      pair.step();
      REQUIRE(pair.link.groups_balance());
      REQUIRE(pair.leader.size() == pair.follower.size());
      if (i % 500 == 0) {
        REQUIRE(test::contents_of(pair.leader) == test::contents_of(pair.follower));
      }
    }
    CHECK(test::contents_of(pair.leader) == test::contents_of(pair.follower));
    CHECK(pair.leader.statistics().expired_keys > 100);
    CHECK((pair.leader.statistics().evicted_keys > 100) == (limit_bytes != 0));
  }
}

}  // namespace
}  // namespace cachekit::node
