// A node whose memory is full: it stays within its limit, and what goes is what was used least
// recently.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "tests/conformance/running_node.h"
#include "tests/support/resp_connection.h"

namespace cachekit::conformance {
namespace {

using test::encode_command;
using test::RespConnection;

// Used memory as the node itself counts it.
std::size_t used_memory(RespConnection& connection) {
  const std::string info = ask(connection, {"INFO", "memory"});
  const auto at = info.find("used_memory:");
  return at == std::string::npos ? 0 : std::stoull(info.substr(at + 12));
}

TEST_CASE("filled to five times its limit, a node stays within it and keeps what was used last") {
  constexpr std::size_t limit = 32 * mebibyte;
  constexpr std::size_t value_bytes = 2000;  // every fourth; the others are small
  constexpr std::size_t key_count = 5 * limit / (value_bytes / 4);
  constexpr std::size_t batch = 2000;
  constexpr int favourites = 100;
  RunningNode node({"--maxmemory", "32mb", "--eviction", "allkeys-lru"});
  const auto connection = node.connect();
  const std::string value(value_bytes, 'v');
  const std::string small_value = "small";
  for (int i = 0; i < favourites; ++i)
    ask(*connection, {"SET", fmt::format("favourite:{}", i), value});
  for (std::size_t begin = 0; begin < key_count; begin += batch) {
    std::string pipeline;
    for (std::size_t i = begin; i < begin + batch; ++i) {
      const std::string& chosen = i % 4 == 0 ? value : small_value;
      pipeline += encode_command({"SET", fmt::format("key:{}", i), chosen});
    }
    for (int i = 0; i < favourites; ++i) {
      pipeline += encode_command({"GET", fmt::format("favourite:{}", i)});
    }
    connection->send(pipeline);
    for (std::size_t i = 0; i < batch; ++i) REQUIRE(connection->read_reply() == "+OK\r\n");
    for (int i = 0; i < favourites; ++i) REQUIRE(connection->read_reply()->size() > value_bytes);
    if (begin % (batch * 20) == 0) CHECK(used_memory(*connection) <= limit);
  }
  CHECK(used_memory(*connection) <= limit);
  // Beyond the accounted memory: the program itself, and what the allocator keeps in half-used
  // pages. A quarter of the limit, as for Redis.
  CHECK(node.process().resident_bytes() <= limit + limit / 4 + overhead_bytes);
  CHECK(ask(*connection, {"EXISTS", "key:0"}) == ":0\r\n");
  CHECK(ask(*connection, {"EXISTS", fmt::format("key:{}", key_count - 1)}) == ":1\r\n");
}

TEST_CASE("eviction by use is exact: the kept keys are the last used ones, without a gap") {
  RunningNode node({"--maxmemory", "8mb", "--eviction", "allkeys-lru"});
  const auto connection = node.connect();
  constexpr int key_count = 20'000;
  const std::string value(1000, 'v');
  const auto set = [&](int i) -> Words { return {"SET", fmt::format("key:{}", i), value}; };
  for (const std::string& reply : ask_many(*connection, key_count, set)) {
    REQUIRE(reply == "+OK\r\n");
  }
  const auto exists = [](int i) -> Words { return {"EXISTS", fmt::format("key:{}", i)}; };
  const auto replies = ask_many(*connection, key_count, exists);
  const auto first_kept = std::find(replies.begin(), replies.end(), ":1\r\n");
  CHECK(first_kept != replies.begin());
  CHECK(first_kept != replies.end());
  CHECK(std::count(first_kept, replies.end(), ":1\r\n") == replies.end() - first_kept);
}

TEST_CASE("without eviction a full node refuses writes, and still reads and deletes") {
  RunningNode node({"--maxmemory", "4mb", "--eviction", "noeviction"});
  const auto connection = node.connect();
  const std::string value(10'000, 'v');
  std::string reply = "+OK\r\n";
  int count = 0;
  while (reply == "+OK\r\n" && count < 1000) {
    reply = ask(*connection, {"SET", fmt::format("key:{}", count++), value});
  }
  CHECK(reply == "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  CHECK(ask(*connection, {"GET", "key:0"}).size() > value.size());
  CHECK(ask(*connection, {"APPEND", "key:0", value}).starts_with("-OOM "));
  for (int i = 0; i < 100; ++i) ask(*connection, {"DEL", fmt::format("key:{}", i)});
  CHECK(becomes_true([&] { return ask(*connection, {"SET", "again", "x"}) == "+OK\r\n"; }));
}

TEST_CASE("a full node takes from collections what it refuses to add to them") {
  RunningNode node({"--maxmemory", "6mb", "--eviction", "noeviction"});
  const auto connection = node.connect();
  const std::string element(1000, 'e');
  for (const char* word : {"a", "b", "c"}) {
    ask(*connection, {"RPUSH", "small list", word});
    ask(*connection, {"SADD", "small set", word});
    ask(*connection, {"HSET", "small hash", word, word});
  }
  std::string reply = ":0\r\n";
  int pushed = 0;
  while (reply.starts_with(':') && pushed < 10'000) {
    reply = ask(*connection, {"RPUSH", "list", element});
    if (reply.starts_with(':')) ++pushed;
  }
  CHECK(reply == "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  CHECK(pushed > 1000);
  CHECK(ask(*connection, {"LLEN", "list"}) == fmt::format(":{}\r\n", pushed));
  // What is left is too little for a chunk of a list, but not for everything.
  for (int i = 0; i < 1000; ++i) ask(*connection, {"SET", fmt::format("key:{}", i), element});
  CHECK(ask(*connection, {"HSET", "small hash", "d", element}).starts_with("-OOM "));
  CHECK(ask(*connection, {"SUNIONSTORE", "other", "small set"}).starts_with("-OOM "));
  CHECK(ask(*connection, {"LPOP", "small list"}) == "$1\r\na\r\n");
  CHECK(ask(*connection, {"SREM", "small set", "a"}) == ":1\r\n");
  CHECK(ask(*connection, {"HDEL", "small hash", "a"}) == ":1\r\n");
  CHECK(ask(*connection, {"LREM", "list", "-5", element}) == ":5\r\n");
  CHECK(ask(*connection, {"LTRIM", "list", "0", "99"}) == "+OK\r\n");
  CHECK(ask(*connection, {"LLEN", "list"}) == ":100\r\n");
  const Words addition = {"HSET", "small hash", "d", element};
  CHECK(becomes_true([&] { return ask(*connection, addition) == ":1\r\n"; }));
}

TEST_CASE("growing collections push other keys out, and the limit holds") {
  RunningNode node({"--maxmemory", "16mb"});
  const auto connection = node.connect();
  const std::string value(200, 'v');
  for (int i = 0; i < 2000; ++i) {
    Words words = {"HSET", fmt::format("hash:{}", i % 100)};
    for (int j = 0; j < 100; ++j) {
      words.insert(words.end(), {fmt::format("field:{}:{}", i, j), value});
    }
    REQUIRE(ask(*connection, words).starts_with(':'));
  }
  CHECK(used_memory(*connection) <= 16 << 20);
  CHECK(used_memory(*connection) > 8 << 20);
  std::size_t fields = 0;
  for (int i = 0; i < 100; ++i) {
    fields += std::stoul(ask(*connection, {"HLEN", fmt::format("hash:{}", i)}).substr(1));
  }
  CHECK(fields > 20'000);
  CHECK(fields < 100'000);
}

}  // namespace
}  // namespace cachekit::conformance
