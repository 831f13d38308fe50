// A second store that is fed only the effects of a first one equals it.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

#include "protocol/inline_command.h"
#include "protocol/segments.h"
#include "tests/support/seed.h"
#include "tests/unit/node/commands/command_runner.h"
#include "tests/unit/node/storage/collections/typed_contents.h"

namespace cachekit::node {
namespace {

using storage::EvictionKind;
using storage::Store;
using storage::UnixMillis;

// Leader and follower, and a random stream of commands for the leader.
class Pair {
 public:
  Pair(std::uint64_t seed, std::size_t limit_bytes, EvictionKind eviction)
      : random_(seed),
        leader({.max_memory_bytes = limit_bytes, .eviction = {.kind = eviction}}, link) {}

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
    return below(2) == 0 ? random_string_command() : random_typed_command();
  }

  // Few keys of a type, so that collections grow large, and now and then many elements at once.
  std::string typed_key(char type) { return fmt::format("{}{}", type, below(12)); }
  std::string any_typed_key() { return typed_key("lsh"[below(3)]); }
  std::string element() {
    const auto size = below(300) == 0 ? 5000 : below(8);
    return fmt::format("\"{}\"", std::string(static_cast<std::size_t>(size), "abc"[below(3)]));
  }
  std::string elements() {
    std::string all;
    for (UnixMillis left = 2 * (below(60) == 0 ? 80 : 1 + below(2)); left > 0; --left) {
      all += fmt::format(" {}", below(3) == 0 ? element() : std::to_string(below(500)));
    }
    return all;
  }

  std::string random_typed_command() {
    switch (below(24)) {
      case 0:
        return fmt::format("LPUSH {}{}", typed_key('l'), elements());
      case 1:
      case 2:
        return fmt::format("RPUSH {}{}", typed_key('l'), elements());
      case 3:
        return fmt::format("LPOP {}", typed_key('l'));
      case 4:
        return fmt::format("RPOP {} {}", typed_key('l'), below(20));
      case 5:
        return fmt::format("LINSERT {} AFTER {} {}", typed_key('l'), below(500), element());
      case 6:
        return fmt::format("LSET {} {} {}", typed_key('l'), below(60) - 30, element());
      case 7:
        return fmt::format("LREM {} {} {}", typed_key('l'), below(7) - 3, element());
      case 8:
        return fmt::format("LTRIM {} {} {}", typed_key('l'), below(5), -below(5) - 1);
      case 9:
        return fmt::format("LMOVE {} {} LEFT RIGHT", typed_key('l'), typed_key('l'));
      case 10:
      case 11:
        return fmt::format("SADD {}{}", typed_key('s'), elements());
      case 12:
        return fmt::format("SREM {}{}", typed_key('s'), elements());
      case 13:
        return fmt::format("SPOP {} {}", typed_key('s'), below(20));
      case 14:
        return fmt::format("SPOP {}", typed_key('s'));
      case 15:
        return fmt::format("SMOVE {} {} {}", typed_key('s'), typed_key('s'), below(500));
      case 16:
        return fmt::format("{} {} {} {}", below(2) == 0 ? "SINTERSTORE" : "SUNIONSTORE",
                           typed_key('s'), typed_key('s'), typed_key('s'));
      case 17:
        return fmt::format("SDIFFSTORE {} {} {}", typed_key('s'), typed_key('s'), typed_key('s'));
      case 18:
      case 19:
        return fmt::format("HSET {}{}", typed_key('h'), elements());
      case 20:
        return fmt::format("HDEL {}{}", typed_key('h'), elements());
      case 21:
        return fmt::format("HINCRBY {} n{} 1", typed_key('h'), below(300));
      case 22:
        return fmt::format("{} {} {}", below(2) == 0 ? "RENAME" : "COPY", any_typed_key(),
                           any_typed_key());
      default:
        return fmt::format("PEXPIRE {} {}", any_typed_key(), below(3000));
    }
  }

  std::string random_string_command() {
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
