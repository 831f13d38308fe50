#include "node/tracking/prefix_table.h"

#include <doctest/doctest.h>

#include <map>
#include <vector>

namespace cachekit::test {
namespace {

using node::ConnectionId;
using node::tracking::PrefixTable;
using Told = std::map<ConnectionId, std::map<std::string, ConnectionId>>;

// Whom the turn tells of which keys, each with its last writer.
Told take(PrefixTable& table) {
  Told told;
  table.take_changes([&](ConnectionId client, const PrefixTable::Changes& changes) {
    CHECK_FALSE(changes.too_many);
    told[client].insert(changes.keys.begin(), changes.keys.end());
  });
  return told;
}

TEST_CASE("a key is told to everybody under whose prefixes it stands, once a turn") {
  PrefixTable table(1);
  table.add("a", 1);
  table.add("ab", 2);
  table.add("", 3);
  CHECK(table.size() == 3);
  for (const std::string_view key : {"a", "abc", "b", "abc", ""}) table.note(key, 9);
  CHECK(take(table) == Told{{1, {{"a", 9}, {"abc", 9}}},
                            {2, {{"abc", 9}}},
                            {3, {{"", 9}, {"a", 9}, {"abc", 9}, {"b", 9}}}});
  CHECK(take(table).empty());
}

TEST_CASE("of several writers the last one counts") {
  PrefixTable table(1);
  table.add("k", 1);
  table.note("k1", 5);
  table.note("k1", 0);
  table.note("k2", 5);
  CHECK(take(table) == Told{{1, {{"k1", 0}, {"k2", 5}}}});
}

TEST_CASE("a prefix goes with its last client") {
  PrefixTable table(1);
  table.add("k", 1);
  table.add("k", 2);
  table.remove("k", 1);
  table.remove("k", 1);
  table.remove("never", 1);
  table.note("key", 9);
  CHECK(take(table) == Told{{2, {{"key", 9}}}});
  table.remove("k", 2);
  CHECK(table.empty());
  table.note("key", 9);
  CHECK_FALSE(table.has_changes());
}

TEST_CASE("too many keys in one turn become one message about all of them") {
  PrefixTable table(1);
  table.add("", 1);
  const std::size_t keys = PrefixTable::most_gathered_bytes / 1000 + 1;
  for (std::size_t i = 0; i < keys; ++i) {
    std::string key = std::to_string(i);
    key.resize(1000, '.');
    table.note(key, 2);
  }
  int told = 0;
  table.take_changes([&](ConnectionId, const PrefixTable::Changes& changes) {
    ++told;
    CHECK(changes.too_many);
    CHECK(changes.keys.empty());
  });
  CHECK(told == 1);
  table.note("k", 2);
  CHECK(take(table) == Told{{1, {{"k", 2}}}});
}

TEST_CASE("prefixes overlap if some key stands under both") {
  using node::tracking::overlap;
  CHECK(overlap("", "a"));
  CHECK(overlap("ab", "a"));
  CHECK(overlap("a", "a"));
  CHECK_FALSE(overlap("ab", "ac"));
  CHECK_FALSE(overlap("b", "a"));
}

}  // namespace
}  // namespace cachekit::test
