// Lists, sets and hashes where random streams seldom come: every command on every type, the order
// of errors, large collections, and what chance decides.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/conformance/differential.h"
#include "tests/conformance/server_pair.h"
#include "tests/support/seed.h"

namespace cachekit::conformance {
namespace {

// Calls with a right answer whatever `key` holds; no collection has more than one element.
std::vector<Words> calls_on(const std::string& key) {
  return {{"GET", key},
          {"SET", key, "new", "GET"},
          {"SET", key, "new", "XX", "GET"},
          {"SET", key, "new"},
          {"SETNX", key, "new"},
          {"GETSET", key, "new"},
          {"GETDEL", key},
          {"GETEX", key, "PERSIST"},
          {"GETEX", key, "EX", "-1"},
          {"APPEND", key, "x"},
          {"STRLEN", key},
          {"GETRANGE", key, "0", "-1"},
          {"SETRANGE", key, "1", "x"},
          {"SETRANGE", key, "1", ""},
          {"INCR", key},
          {"INCRBY", key, "5"},
          {"INCRBYFLOAT", key, "1.5"},
          {"INCRBYFLOAT", key, "abc"},
          {"MGET", key, "other", key},
          {"MSET", key, "new"},
          {"MSETNX", key, "new"},
          {"TYPE", key},
          {"EXPIRE", key, "100"},
          {"PERSIST", key},
          {"RENAME", key, "renamed"},
          {"RENAMENX", key, "other"},
          {"DEL", key},
          {"UNLINK", key},
          {"EXISTS", key},
          {"TOUCH", key},
          {"COPY", key, "copied"},
          {"COPY", key, "other"},
          {"COPY", key, "other", "REPLACE"},
          {"COPY", key, key},
          {"COPY", key, "copied", "DB", "0"},
          {"COPY", key, "copied", "DB", "99"},
          {"COPY", key, "copied", "DB", "x"},
          {"LPUSH", key, "a", "b"},
          {"RPUSH", key, "a", "b"},
          {"LPUSHX", key, "b"},
          {"RPUSHX", key, "b"},
          {"LPOP", key},
          {"RPOP", key},
          {"LPOP", key, "0"},
          {"LPOP", key, "1"},
          {"RPOP", key, "5"},
          {"LPOP", key, "-1"},
          {"LPOP", key, "x"},
          {"LPOP", key, "1", "1"},
          {"LLEN", key},
          {"LINDEX", key, "0"},
          {"LINDEX", key, "x"},
          {"LRANGE", key, "0", "-1"},
          {"LRANGE", key, "x", "-1"},
          {"LSET", key, "0", "new"},
          {"LSET", key, "1", "new"},
          {"LSET", key, "x", "new"},
          {"LINSERT", key, "BEFORE", "a", "new"},
          {"LINSERT", key, "AFTER", "no", "new"},
          {"LINSERT", key, "BESIDE", "a", "new"},
          {"LREM", key, "0", "a"},
          {"LREM", key, "x", "a"},
          {"LTRIM", key, "1", "-1"},
          {"LTRIM", key, "x", "-1"},
          {"LPOS", key, "a"},
          {"LPOS", key, "a", "COUNT", "0"},
          {"LPOS", key, "no", "COUNT", "0"},
          {"LPOS", key, "a", "RANK", "0"},
          {"LPOS", key, "a", "COUNT", "-1"},
          {"LPOS", key, "a", "MAXLEN", "-1"},
          {"LPOS", key, "a", "RANK"},
          {"LMOVE", key, "other", "LEFT", "RIGHT"},
          {"LMOVE", key, key, "LEFT", "RIGHT"},
          {"LMOVE", key, "list", "RIGHT", "LEFT"},
          {"LMOVE", key, "other", "UP", "DOWN"},
          {"RPOPLPUSH", key, "list"},
          {"RPOPLPUSH", "list", key},
          {"SADD", key, "a", "b"},
          {"SREM", key, "a"},
          {"SREM", key, "no"},
          {"SCARD", key},
          {"SISMEMBER", key, "a"},
          {"SMISMEMBER", key, "a", "b"},
          {"SMEMBERS", key},
          {"SPOP", key},
          {"SPOP", key, "0"},
          {"SPOP", key, "1"},
          {"SPOP", key, "-1"},
          {"SPOP", key, "1", "1"},
          {"SRANDMEMBER", key},
          {"SRANDMEMBER", key, "0"},
          {"SRANDMEMBER", key, "5"},
          {"SRANDMEMBER", key, "-3"},
          {"SRANDMEMBER", key, "-9223372036854775808"},
          {"SRANDMEMBER", key, "x"},
          {"SMOVE", key, "set", "a"},
          {"SMOVE", "set", key, "a"},
          {"SMOVE", key, "other", "no"},
          {"SINTER", key, "set"},
          {"SINTER", "other", key},
          {"SUNION", key, "set"},
          {"SDIFF", "set", key},
          {"SINTERSTORE", key, "set"},
          {"SINTERSTORE", key, "missing", "set"},
          {"SUNIONSTORE", "stored", "missing", key},
          {"SDIFFSTORE", "stored", "set", key},
          {"SINTERCARD", "1", key},
          {"SINTERCARD", "2", "missing", key},
          {"SINTERCARD", "1", key, "LIMIT", "0"},
          {"SINTERCARD", "1", key, "LIMIT", "-1"},
          {"SINTERCARD", "1", key, "LIMIT"},
          {"SINTERCARD", "0", key},
          {"SINTERCARD", "3", key},
          {"SSCAN", key, "0"},
          {"SSCAN", key, "0", "FOO", "bar"},
          {"SSCAN", key, "x"},
          {"HSET", key, "a", "1"},
          {"HSET", key, "a", "1", "b"},
          {"HMSET", key, "a", "1"},
          {"HSETNX", key, "a", "2"},
          {"HGET", key, "a"},
          {"HMGET", key, "a", "b"},
          {"HGETALL", key},
          {"HDEL", key, "a"},
          {"HLEN", key},
          {"HEXISTS", key, "a"},
          {"HKEYS", key},
          {"HVALS", key},
          {"HINCRBY", key, "a", "5"},
          {"HINCRBY", key, "a", "x"},
          {"HINCRBY", key, "a", "9223372036854775807"},
          {"HINCRBYFLOAT", key, "a", "1.5"},
          {"HINCRBYFLOAT", key, "a", "inf"},
          {"HINCRBYFLOAT", key, "a", "nan"},
          {"HINCRBYFLOAT", key, "a", "x"},
          {"HSTRLEN", key, "a"},
          {"HSCAN", key, "0"},
          {"HSCAN", key, "0", "COUNT", "0"},
          {"HRANDFIELD", key},
          {"HRANDFIELD", key, "1"},
          {"HRANDFIELD", key, "0", "WITHVALUES"},
          {"HRANDFIELD", key, "5", "WITHVALUES"},
          {"HRANDFIELD", key, "-2", "WITHVALUES"},
          {"HRANDFIELD", key, "1", "VALUES"},
          {"HRANDFIELD", key, "-9223372036854775808"},
          {"HRANDFIELD", key, "4611686018427387904", "WITHVALUES"},
          {"OBJECT", "ENCODING", key},
          {"MEMORY", "USAGE", key, "SAMPLES", "x"},
          {"MEMORY", "USAGE", key, "SAMPLES", "-1"}};
}

TEST_CASE("every command answers as Redis does whatever type it meets") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  const std::vector<Words> states = {{"SET", "string", "7"},
                                     {"RPUSH", "list", "a"},
                                     {"SADD", "set", "a"},
                                     {"HSET", "hash", "a", "1"},
                                     {"SET", "other", "x"}};
  for (const int protocol : {2, 3}) {
    servers.start_over(protocol);
    for (const char* key : {"string", "list", "set", "hash", "missing"}) {
      for (const Words& call : calls_on(key)) {
        servers.check_same({"FLUSHALL"});
        for (const Words& state : states) servers.check_same(state);
        servers.check_same(call);
        servers.check_same({"DBSIZE"});
        servers.check_same({"TYPE", key});
      }
    }
  }
}

TEST_CASE("an encoding is named as Redis names it for the same contents") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  const std::string long_text(65, 'x');
  for (const Words& state : std::vector<Words>{{"SET", "k", "12345"},
                                               {"SET", "k", "-9223372036854775808"},
                                               {"SET", "k", "9223372036854775808"},
                                               {"SET", "k", "012"},
                                               {"SET", "k", ""},
                                               {"SET", "k", std::string(44, 'x')},
                                               {"SET", "k", std::string(45, 'x')},
                                               {"RPUSH", "k", "a"},
                                               {"RPUSH", "k", long_text},
                                               {"SADD", "k", "1", "-5", "99"},
                                               {"SADD", "k", "1", "a"},
                                               {"SADD", "k", "01"},
                                               {"SADD", "k", long_text},
                                               {"HSET", "k", "f", "v"},
                                               {"HSET", "k", "f", std::string(64, 'v')},
                                               {"HSET", "k", "f", long_text},
                                               {"HSET", "k", long_text, "v"}}) {
    servers.check_same({"DEL", "k"});
    servers.check_same(state);
    servers.check_same({"OBJECT", "ENCODING", "k"});
  }
}

// "e0", "e1", … each with a length of its own.
Words numbered(Words words, int count) {
  for (int i = 0; i < count; ++i) {
    words.push_back(fmt::format("e{}{}", i, std::string(static_cast<std::size_t>(i % 90), '.')));
  }
  return words;
}

TEST_CASE("a long list is changed in its middle and at its ends as Redis's is") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  std::mt19937_64 random(test::seed());
  servers.check_same(numbered({"RPUSH", "l"}, 20'000));
  servers.check_same({"LLEN", "l"});
  for (int i = 0; i < 300; ++i) {
    const std::string index = std::to_string(static_cast<std::int64_t>(random() % 41'000) - 20'500);
    const std::string other = std::to_string(random() % 20'000);
    const std::string pivot = text_of(servers.check_same({"LINDEX", "l", other}));
    switch (random() % 7) {
      case 0:
        servers.check_same({"LSET", "l", index, std::string(random() % 6000, 's')});
        break;
      case 1:
        servers.check_same({"LINSERT", "l", "BEFORE", pivot, fmt::format("inserted {}", i)});
        break;
      case 2:
        servers.check_same({"LREM", "l", index, pivot});
        break;
      case 3:
        servers.check_same({"LPOS", "l", pivot, "RANK", "-1"});
        break;
      case 4:
        servers.check_same({"LMOVE", "l", "l", "LEFT", "RIGHT"});
        break;
      case 5:
        servers.check_same({"RPOP", "l", std::to_string(random() % 50)});
        break;
      default:
        servers.check_same({"LRANGE", "l", other, std::to_string(std::stoll(other) + 20)});
        break;
    }
  }
  servers.check_same({"LTRIM", "l", "1000", "-2000"});
  servers.check_same({"LRANGE", "l", "0", "-1"});
}

std::set<std::string> texts_of(const std::string& reply) {
  std::set<std::string> texts;
  for (const std::string& element : elements_of(reply)) texts.insert(text_of(element));
  return texts;
}

bool includes(const std::set<std::string>& all, const std::set<std::string>& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

TEST_CASE("random members are members, and popped ones are gone, of small and of large sets") {
  const auto node = test::ServerProcess::start_node();
  const auto connection = test::RespConnection::to(node->endpoint());
  const auto ask = [&](const Words& words) { return connection->call(words).value_or("nothing"); };
  for (const int size : {50, 5000}) {
    CAPTURE(size);
    ask({"DEL", "s"});
    ask(numbered({"SADD", "s"}, size));
    auto members = texts_of(ask({"SMEMBERS", "s"}));
    REQUIRE(members.size() == static_cast<std::size_t>(size));
    for (const int count : {1, 10, 40, size - 1, size, size + 1}) {
      const auto drawn = texts_of(ask({"SRANDMEMBER", "s", std::to_string(count)}));
      CHECK(drawn.size() == static_cast<std::size_t>(std::min(count, size)));
      CHECK(includes(members, drawn));
    }
    const auto repeated = ask({"SRANDMEMBER", "s", "-200"});
    CHECK(elements_of(repeated).size() == 200);
    CHECK(includes(members, texts_of(repeated)));
    for (const char* count : {"1", "7", "30"}) {
      const auto popped = texts_of(ask({"SPOP", "s", count}));
      CHECK(popped.size() == std::stoul(count));
      CHECK(includes(members, popped));
      for (const auto& member : popped) members.erase(member);
      CHECK(texts_of(ask({"SMEMBERS", "s"})) == members);
    }
    CHECK(texts_of(ask({"SPOP", "s", "100000"})) == members);
    CHECK(ask({"EXISTS", "s"}) == ":0\r\n");
  }
  node->stop();
}

TEST_CASE("random fields come with their values") {
  const auto node = test::ServerProcess::start_node();
  const auto connection = test::RespConnection::to(node->endpoint());
  const auto ask = [&](const Words& words) { return connection->call(words).value_or("nothing"); };
  for (const int size : {50, 5000}) {
    CAPTURE(size);
    Words words = {"HSET", "h"};
    for (int i = 0; i < size; ++i) {
      words.insert(words.end(), {fmt::format("{}", i), fmt::format("value of {}", i)});
    }
    ask({"DEL", "h"});
    ask(words);
    for (const char* count : {"1", "20", "49", "-300"}) {
      const auto flat = elements_of(ask({"HRANDFIELD", "h", count, "WITHVALUES"}));
      CHECK(flat.size() == 2 * static_cast<std::size_t>(std::abs(std::stoi(count))));
      for (std::size_t i = 0; i < flat.size(); i += 2) {
        CHECK(text_of(flat[i + 1]) == fmt::format("value of {}", text_of(flat[i])));
      }
    }
  }
  node->stop();
}

TEST_CASE("a walk over a large set meets what stays exactly once, and its cursor fits 48 bits") {
  const auto node = test::ServerProcess::start_node();
  const auto connection = test::RespConnection::to(node->endpoint());
  const auto ask = [&](const Words& words) { return connection->call(words).value_or("nothing"); };
  ask(numbered({"SADD", "s"}, 3000));
  std::multiset<std::string> met;
  std::string cursor = "0";
  int calls = 0;
  do {
    const auto page = elements_of(ask({"SSCAN", "s", cursor, "COUNT", "100", "MATCH", "e*"}));
    REQUIRE(page.size() == 2);
    cursor = text_of(page[0]);
    CHECK(std::stoull(cursor) < std::uint64_t{1} << 48);
    for (const auto& member : elements_of(page[1])) met.insert(text_of(member));
    // The table grows, and then shrinks, under the walk.
    Words change = {calls % 2 == 0 ? "SADD" : "SREM", "s"};
    for (int i = 0; i < 2000; ++i) change.push_back(fmt::format("passing {}", i));
    ask(change);
    REQUIRE(++calls < 1000);
  } while (cursor != "0");
  CHECK(calls > 10);
  const auto all = texts_of(ask({"SMEMBERS", "s"}));
  std::multiset<std::string> staying;
  for (const auto& member : all) {
    if (member.starts_with('e')) staying.insert(member);
  }
  CHECK(met == staying);
  node->stop();
}

TEST_CASE("MEMORY USAGE grows with what a key holds, and MEMORY STATS adds up") {
  const auto node = test::ServerProcess::start_node();
  const auto connection = test::RespConnection::to(node->endpoint());
  const auto ask = [&](const Words& words) { return connection->call(words).value_or("nothing"); };
  const auto usage = [&] { return std::stol(text_of(ask({"MEMORY", "USAGE", "k"}))); };
  ask({"RPUSH", "k", "a"});
  const long small = usage();
  ask(numbered({"RPUSH", "k"}, 10'000));
  CHECK(small < 100);
  CHECK(usage() > 400'000);
  CHECK(usage() < 1'000'000);
  const auto stats = elements_of(ask({"MEMORY", "STATS"}));
  CHECK(stats.size() % 2 == 0);
  CHECK(stats.size() >= 10);
  CHECK(ask({"MEMORY", "DOCTOR"}).starts_with('$'));
  CHECK(elements_of(ask({"OBJECT", "HELP"})).size() > 5);
  CHECK(elements_of(ask({"MEMORY", "HELP"})).size() > 5);
  node->stop();
}

}  // namespace
}  // namespace cachekit::conformance
