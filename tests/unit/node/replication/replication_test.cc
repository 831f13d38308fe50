// A replica becomes, and stays, what its primary is.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "tests/support/seed.h"
#include "tests/unit/node/commands/command_runner.h"
#include "tests/unit/node/commands/random_commands.h"
#include "tests/unit/node/replication/pair.h"
#include "tests/unit/node/storage/collections/typed_contents.h"

namespace cachekit::test {
namespace {

using node::storage::EvictionKind;

void require_equal(const ReplicaPair& pair) {
  REQUIRE(pair.follower->offset() == pair.source.backlog().end());
  REQUIRE(typed_contents_of(pair.primary) == typed_contents_of(pair.replica));
}

std::string text_of(const node::replication::Backlog& backlog, node::replication::Offset from) {
  protocol::Segments out;
  backlog.read(from, SIZE_MAX, out);
  std::string text;
  for (const auto& segment : out.list()) text += segment.bytes();
  return text;
}

TEST_CASE("a replica that copies while commands go on becomes equal, time and again") {
  struct Case {
    std::size_t limit_bytes;
    EvictionKind eviction;
    std::size_t room;  // between two commands; 1: the least possible of the copy
  };
  // So little room that many commands fall between two pieces of one collection, and more.
  for (const Case& one :
       {Case{0, EvictionKind::lru, 1}, Case{0, EvictionKind::lru, 20'000},
        Case{200'000, EvictionKind::adaptive, 1}, Case{60'000, EvictionKind::s3fifo, 1}}) {
    CAPTURE(one.limit_bytes);
    CAPTURE(one.room);
    RandomCommands commands(seed());
    ReplicaPair pair(seed(),
                     {.max_memory_bytes = one.limit_bytes, .eviction = {.kind = one.eviction}});
    const auto change = [&] {
      execute(commands.next(), pair.primary, commands.now());
      if (commands.below(50) == 0) pair.primary.maintain(commands.now(), 30);
    };
    for (int i = 0; i < 3000; ++i) change();
    for (int copy = 0; copy < 10; ++copy) {
      pair.connect_with_copy();
      int changes = 0;
      while (pair.feed->is_copying() && changes < 5000) {
        change();
        ++changes;
        REQUIRE((one.room == 1 ? pair.send_step() : pair.send(one.room)));
        REQUIRE(pair.deliver(pair.random() % 3000));
      }
      pair.settle();
      CHECK_FALSE(pair.follower->is_copying());
      require_equal(pair);
      for (int i = 0; i < 500; ++i) change();
      pair.settle();
      require_equal(pair);
    }
  }
}

TEST_CASE("large collections are followed while they are copied in pieces") {
  RandomCommands random(seed());
  ReplicaPair pair(seed());
  const auto run = [&](const std::string& line) { execute(line, pair.primary, 1000); };
  for (int i = 0; i < 5000; ++i) {
    run(fmt::format("RPUSH list {}", i));
    run(fmt::format("SADD set {}", i));
    run(fmt::format("HSET hash f{} {}", i, i));
  }
  pair.connect_with_copy();
  int pieces = 0;
  while (pair.feed->is_copying()) {
    for (int i = 0; i < 20; ++i) {
      const auto n = random.below(5200);
      switch (random.below(9)) {
        case 0:
          run(fmt::format("LPUSH list {}", n));
          break;
        case 1:
          run(fmt::format("RPUSH list {}", n));
          break;
        case 2:
          run(fmt::format("LINSERT list BEFORE {} x", n));
          break;
        case 3:
          run(fmt::format("LSET list {} y", n % 4000));
          break;
        case 4:
          run(fmt::format("LREM list 1 {}", n));
          break;
        case 5:
          run(fmt::format("LPOP list {}", n % 30));
          break;
        case 6:
          run(fmt::format("SADD set {} new{}", n, n));
          break;
        case 7:
          run(fmt::format("HSET hash f{} z", n));
          break;
        default:
          run(fmt::format("HDEL hash f{}", n));
          run(fmt::format("SREM set {}", n));
      }
    }
    REQUIRE(pair.send_step());
    REQUIRE(pair.deliver(SIZE_MAX));
    ++pieces;
  }
  CHECK(pieces > 50);
  pair.settle();
  require_equal(pair);
}

TEST_CASE("a collection that goes, comes back or gets another expiry during its copy is right") {
  for (const std::string change :
       {"DEL big", "RENAME big other", "SET big text", "PEXPIREAT big 99999999", "FLUSHALL",
        "LTRIM big 1 0", "LTRIM big 0 9", "LTRIM big -9 -1"}) {
    CAPTURE(change);
    ReplicaPair pair(seed());
    const auto run = [&](const std::string& line) { execute(line, pair.primary, 1000); };
    for (int i = 0; i < 2000; ++i) run(fmt::format("RPUSH big {}", i));
    run("PEXPIREAT big 5000000");
    pair.connect_with_copy();
    while (pair.feed->is_copying() && pair.replica.size() == 0) {
      REQUIRE(pair.send_step());
      REQUIRE(pair.deliver(SIZE_MAX));
    }
    REQUIRE(pair.feed->is_copying());  // in the middle of it
    run(change);
    run("RPUSH big again");
    REQUIRE(pair.send_step());
    run("RPUSH big and again");
    run("LPUSH big before");
    pair.settle();
    require_equal(pair);
  }
}

TEST_CASE("large values are received where they stay, and go on to the replica's backlog") {
  ReplicaPair pair(seed());
  const std::string large(300'000, 'L');
  REQUIRE(pair.primary.set("copied", large, node::storage::no_expiry, 0) ==
          node::storage::WriteOutcome::done);
  pair.connect_with_copy();
  pair.settle();
  const auto begin = pair.follower->offset();
  REQUIRE(pair.primary.set("changed", large, 5'000'000, 0) == node::storage::WriteOutcome::done);
  const std::vector<node::storage::KeyValue> pairs{{"a", large}, {"b", "small"}, {"c", large}};
  REQUIRE(pair.primary.set_all(pairs, 0) == node::storage::WriteOutcome::done);
  const auto before = pair.replica.blobs().bytes();
  pair.settle();
  require_equal(pair);
  // One copy of each, which the replica's backlog shares with its store.
  CHECK(pair.replica.blobs().bytes() - before < 4 * large.size());
  CHECK(text_of(pair.kept->backlog(), begin) == text_of(pair.source.backlog(), begin));
}

TEST_CASE("a replica goes on where it was cut off") {
  RandomCommands commands(seed());
  ReplicaPair pair(seed());
  pair.connect_with_copy();
  pair.settle();
  for (int cut = 0; cut < 100; ++cut) {
    for (int i = 0; i < 50; ++i) execute(commands.next(), pair.primary, commands.now());
    REQUIRE(pair.send(SIZE_MAX));
    REQUIRE(pair.deliver(pair.random() % 5000));
    REQUIRE(pair.source.can_continue("history", pair.follower->offset()));
    pair.connect_from_offset();
  }
  pair.settle();
  require_equal(pair);
}

TEST_CASE("a replica that falls behind the backlog is told so") {
  ReplicaPair pair(seed(), {}, 10'000);
  pair.connect_with_copy();
  pair.settle();
  const auto offset = pair.follower->offset();
  for (int i = 0; i < 100; ++i) {
    execute(fmt::format("SET k{} {}", i, std::string(1000, 'v')), pair.primary, 0);
  }
  pair.source.trim();
  CHECK_FALSE(pair.send(1000));
  CHECK_FALSE(pair.source.can_continue("history", offset));
}

TEST_CASE("a change larger than the backlog reaches a replica that had all before it") {
  ReplicaPair pair(seed(), {}, 10'000);
  pair.connect_with_copy();
  pair.settle();
  for (const std::size_t size : std::array<std::size_t, 3>{40'000, 25'000, 40'000}) {
    REQUIRE(pair.primary.set("k", std::string(size, 'v'), node::storage::no_expiry, 0) ==
            node::storage::WriteOutcome::done);
    REQUIRE(pair.send(1 << 20));
  }
  pair.settle();
  require_equal(pair);
}

TEST_CASE("a promoted replica expires what is due, whatever came first") {
  constexpr node::storage::UnixMillis today = 1'760'000'000'000;
  for (const bool starts_with_expiry : {false, true}) {
    CAPTURE(starts_with_expiry);
    ReplicaPair pair(seed());
    pair.replica.tell_time(today);
    const auto first =
        starts_with_expiry ? today + 900LL * 24 * 3600 * 1000 : node::storage::no_expiry;
    REQUIRE(pair.primary.set("first", "v", first, today) == node::storage::WriteOutcome::done);
    execute("RPUSH list a", pair.primary, today);
    REQUIRE(pair.primary.set("dies", "v", today + 1000, today) ==
            node::storage::WriteOutcome::done);
    pair.connect_with_copy();
    pair.settle();
    require_equal(pair);
    pair.replica.set_follows(false);
    while (pair.replica.maintain(today + 5000, 1000)) continue;
    CHECK(pair.replica.size() == 2);
  }
}

TEST_CASE("a history knows where it parted from the one before") {
  const node::replication::History history{.id = "new", .previous_id = "old", .previous_end = 100};
  CHECK(history.continues("new", 500));
  CHECK(history.continues("old", 100));
  CHECK_FALSE(history.continues("old", 101));
  CHECK_FALSE(history.continues("other", 0));
  CHECK_FALSE(node::replication::History{.id = "first"}.continues("", 0));
}

TEST_CASE("what a primary must not send ends the link, and harms nothing") {
  const auto refused = [](std::string_view bytes) {
    ReplicaPair pair(seed());
    pair.connect_with_copy();
    pair.settle();
    return !pair.follower->receive(bytes);
  };
  CHECK(refused("x"));                                           // no such frame
  CHECK(refused(std::string("e\x80\x00", 3)));                   // a length made longer
  CHECK(refused("e\x01\x0f"));                                   // no such change
  CHECK(refused(std::string("e\x03\x04\x01k", 5)));              // a change longer than its frame
  CHECK(refused(std::string("c\x03\x02\x01k", 5)));              // a copied key outside of a copy
  CHECK(refused(std::string("e\x06\x00\x01k\x01\x00\x00", 8)));  // a list that is none
  CHECK(refused("h\x01\x80"));                                   // no number
  CHECK(refused("t\x03\x05key"));                                // a key longer than its frame
  CHECK_FALSE(refused(std::string("e\x03\x02\x01k", 5)));
  CHECK_FALSE(
      refused("t\x06\x01k\x03"
              "key"));
}

TEST_CASE("damaged streams end the link or change something, but no more") {
  std::mt19937_64 random(seed());
  RandomCommands commands(seed());
  ReplicaPair pair(seed());
  for (int i = 0; i < 300; ++i) execute(commands.next(), pair.primary, commands.now());
  pair.connect_with_copy();
  protocol::Segments out;
  while (pair.feed->has_more()) REQUIRE(pair.feed->produce(1 << 20, 1 << 20, out));
  std::string bytes;
  for (const auto& segment : out.list()) bytes += segment.bytes();
  for (int i = 0; i < 300; ++i) {
    std::string damaged = bytes;
    for (int j = 0; j < 3; ++j) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    pair.connect_with_copy();
    for (std::size_t at = 0; at < damaged.size(); at += 4096) {
      if (!pair.follower->receive(std::string_view(damaged).substr(at, 4096))) break;
    }
  }
}

TEST_CASE("a store takes the size for the keys that it expects, and gives it back if none come") {
  constexpr std::size_t keys = 100'000;
  NoSink nobody;
  node::storage::Store store({}, nobody);
  const std::size_t empty = store.used_memory_bytes();
  store.expect(keys);
  const std::size_t expecting = store.used_memory_bytes();
  CHECK(expecting > empty + 5 * keys);
  CHECK(expecting < empty + 8 * keys);
  for (std::size_t i = 0; i < keys / 10; ++i) {
    store.apply({.kind = node::storage::Effect::Kind::set, .key = std::to_string(i), .value = "v"});
  }
  while (store.maintain(0, 1000)) continue;
  CHECK(store.used_memory_bytes() > expecting);
  store.expect_no_more();
  store.apply({.kind = node::storage::Effect::Kind::set, .key = "one more", .value = "v"});
  while (store.maintain(0, 1000)) continue;
  CHECK(store.used_memory_bytes() < expecting);
  CHECK(store.size() == keys / 10 + 1);
  store.expect(std::size_t{1} << 60);  // not empty, and more than there are addresses
  CHECK(store.size() == keys / 10 + 1);
}

TEST_CASE("a store that follows another leaves to it what goes") {
  NoSink nobody;
  node::storage::Store store({.max_memory_bytes = 100'000, .eviction = {.kind = EvictionKind::lru}},
                             nobody);
  store.set_follows(true);
  using node::storage::Effect;
  store.apply({.kind = Effect::Kind::set, .key = "dies", .value = "v", .expire_at = 1000});
  CHECK_FALSE(store.find("dies", 2000, node::storage::Lookup::read));
  while (store.maintain(2000, 1000)) continue;
  CHECK(store.size() == 1);
  CHECK_FALSE(store.random_key(2000));
  const std::string value(10'000, 'v');
  for (int i = 0; i < 50; ++i) {
    store.apply({.kind = Effect::Kind::set, .key = std::to_string(i), .value = value});
  }
  CHECK(store.size() == 51);
  CHECK(store.used_memory_bytes() > 500'000);
  store.set_follows(false);
  while (store.maintain(2000, 1000)) continue;
  CHECK(store.size() < 10);
  CHECK(store.used_memory_bytes() <= 100'000);
}

}  // namespace
}  // namespace cachekit::test
