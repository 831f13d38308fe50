// Scripted comparisons of a node with redis-server: error texts, transactions, what a connection
// says about itself, descriptions of commands, keys that expire.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <poll.h>

#include <chrono>
#include <set>
#include <sstream>

#include "protocol/command_table.h"
#include "tests/conformance/differential.h"
#include "tests/conformance/server_pair.h"

namespace cachekit::conformance {
namespace {

using test::encode_command;
using Clock = std::chrono::steady_clock;

// DELIFEQ is Valkey's.
bool is_ours(std::string_view name) { return name == "DELIFEQ" || name.starts_with("CACHEKIT."); }

// Asks until the answer is as wanted; the last answer.
template <class Ask>
std::string ask_until(const std::string& wanted, Ask ask) {
  const auto deadline = Clock::now() + std::chrono::seconds(20);
  std::string answer = ask();
  while (answer != wanted && Clock::now() < deadline) {
    ::poll(nullptr, 0, 5);
    answer = ask();
  }
  return answer;
}

TEST_CASE("every command refuses a wrong number of arguments as Redis does") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  for (const protocol::CommandSpec& spec : protocol::commands()) {
    if (is_ours(spec.name)) continue;
    const std::string name(spec.name);
    const auto least = static_cast<std::size_t>(spec.arity < 0 ? -spec.arity : spec.arity);
    Words words = {name};
    while (words.size() + 1 < least) words.push_back("0");
    if (words.size() < least) servers.check_same(words);
    if (spec.arity < 0) continue;
    words.resize(least + 1, "0");
    servers.check_same(words);
  }
}

TEST_CASE("every command is described as Redis describes it") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  for (const protocol::CommandSpec& spec : protocol::commands()) {
    if (is_ours(spec.name)) continue;
    CAPTURE(spec.name);
    const Words question = {"COMMAND", "INFO", std::string(spec.name)};
    const auto node = elements_of(elements_of(servers.ask_node(question)).at(0));
    const auto redis = elements_of(elements_of(servers.ask_redis(question)).at(0));
    REQUIRE(node.size() >= 6);
    for (const std::size_t field : {0U, 1U, 3U, 4U, 5U}) CHECK(node[field] == redis[field]);
  }
  CHECK(servers.ask_node({"COMMAND", "COUNT"}) ==
        fmt::format(":{}\r\n", protocol::commands().size()));
  CHECK(elements_of(servers.ask_node({"COMMAND"})).size() == protocol::commands().size());
  CHECK(elements_of(servers.ask_node({"COMMAND", "DOCS", "get", "set"})).size() == 4);
  servers.check_same({"COMMAND", "INFO", "nosuch"});
  servers.check_same({"COMMAND", "DOCS", "nosuch"});
}

TEST_CASE("errors have the texts of Redis") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  const std::string max = "9223372036854775807";
  servers.check_same({"MSET", "text", "abc", "max", max, "min", "-9223372036854775808"});
  for (const Words& words : std::vector<Words>{{"INCR", "text"},
                                               {"INCR", "max"},
                                               {"DECR", "min"},
                                               {"INCRBY", "max", "1"},
                                               {"DECRBY", "min", "1"},
                                               {"DECRBY", "max", "-9223372036854775808"},
                                               {"INCRBY", "max", "1.5"},
                                               {"INCRBY", "max", ""},
                                               {"INCRBYFLOAT", "text", "1"},
                                               {"INCRBYFLOAT", "max", "abc"},
                                               {"INCRBYFLOAT", "max", "inf"},
                                               {"INCRBYFLOAT", "max", "nan"},
                                               {"SETRANGE", "text", "-1", "x"},
                                               {"SETRANGE", "text", "536870912", "x"},
                                               {"SETRANGE", "text", "536870911", "xx"},
                                               {"SETRANGE", "text", "abc", "x"},
                                               {"SETEX", "text", "0", "x"},
                                               {"SETEX", "text", "-1", "x"},
                                               {"PSETEX", "text", "0", "x"},
                                               {"SETEX", "text", max, "x"},
                                               {"GETRANGE", "text", "a", "b"},
                                               {"RENAME", "missing", "other"},
                                               {"RENAME", "missing", "missing"},
                                               {"MSET", "a"},
                                               {"MSET", "a", "1", "b"},
                                               {"MSETNX", "a", "1", "b"},
                                               {"FLUSHALL", "FOO"},
                                               {"FLUSHDB", "SYNC", "ASYNC"},
                                               {"SELECT", "1"},
                                               {"SELECT", "x"},
                                               {"CONFIG", "SET", "no-such-parameter", "1"},
                                               {"CONFIG", "SET", "maxmemory", "abc"},
                                               {"CONFIG", "GET", "no-such-parameter"},
                                               {"CLIENT", "SETNAME", "a b"},
                                               {"CLIENT", "LIST", "TYPE", "nosuch"},
                                               {"CLIENT", "LIST", "FOO"},
                                               {"CLIENT", "LIST", "ID", "x"},
                                               {"CLIENT", "KILL", "TYPE", "nosuch"},
                                               {"CLIENT", "KILL", "SKIPME", "maybe"},
                                               {"CLIENT", "KILL", "USER", "nosuch"}}) {
    servers.check_same(words);
  }
}

TEST_CASE("transactions") {
  if (!test::redis_is_installed()) return;
  const std::vector<std::vector<Words>> scripts = {
      {{"MULTI"}, {"EXEC"}},
      {{"MULTI"}, {"SET", "a", "1"}, {"INCR", "a"}, {"GET", "b"}, {"EXEC"}},
      {{"MULTI"}, {"SET", "a", "x"}, {"INCR", "a"}, {"GET", "a"}, {"EXEC"}},
      {{"MULTI"}, {"NOSUCH"}, {"SET", "a", "1"}, {"EXEC"}, {"GET", "a"}},
      {{"MULTI"}, {"GET"}, {"EXEC"}, {"EXEC"}},
      {{"MULTI"}, {"MULTI"}, {"SET", "a", "1"}, {"EXEC"}},
      {{"MULTI"}, {"SET", "a", "1"}, {"DISCARD"}, {"GET", "a"}},
      {{"MULTI"}, {"NOSUCH"}, {"DISCARD"}, {"PING"}},
      {{"MULTI", "x"}, {"EXEC"}},
      {{"MULTI"}, {"EXEC", "x"}, {"PING"}, {"EXEC"}},
      {{"MULTI"}, {"DISCARD", "x"}, {"PING"}, {"EXEC"}},
      {{"MULTI"}, {"WATCH", "a"}, {"PING"}, {"EXEC"}},
      {{"MULTI"}, {"UNWATCH"}, {"EXEC"}},
      {{"MULTI"},
       {"PING", "x"},
       {"ECHO", "y"},
       {"CLIENT", "SETNAME", "n"},
       {"CLIENT", "GETNAME"},
       {"EXEC"}},
      {{"MULTI"}, {"SELECT", "0"}, {"SELECT", "7"}, {"EXEC"}},
      {{"MULTI"}, {"CLIENT", "NOSUCH"}, {"EXEC"}},
      {{"MULTI"}, {"SET", "a", "1", "FOO"}, {"EXEC"}},
      {{"MULTI"}, {"FLUSHALL"}, {"SET", "a", "1"}, {"KEYS", "*"}, {"EXEC"}},
      {{"MULTI"}, {"MGET", "a", "b"}, {"MSET", "a", "1", "b", "2"}, {"MGET", "a", "b"}, {"EXEC"}},
      {{"MULTI"}, {"RESET"}, {"EXEC"}},
      {{"EXEC"}, {"DISCARD"}, {"UNWATCH"}},
  };
  ServerPair servers;
  for (const int protocol : {2, 3}) {
    for (const auto& script : scripts) {
      servers.start_over(protocol);
      for (const Words& words : script) servers.check_same(words);
    }
  }
}

TEST_CASE("HELLO names the same things as Redis does, and takes the same options") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  for (const Words& words : std::vector<Words>{{"HELLO"},
                                               {"HELLO", "2"},
                                               {"HELLO", "3"},
                                               {"HELLO", "3", "SETNAME", "me"},
                                               {"HELLO", "2", "AUTH", "default", "anything"}}) {
    servers.start_over();
    const auto node = elements_of(servers.ask_node(words));
    const auto redis = elements_of(servers.ask_redis(words));
    REQUIRE(node.size() == redis.size());
    for (std::size_t i = 0; i < node.size(); ++i) {
      CHECK(node[i].front() == redis[i].front());
      const bool may_differ = i % 2 == 1 && (i == 3 || i == 7);  // version and id
      if (!may_differ) CHECK(node[i] == redis[i]);
    }
    servers.check_same({"CLIENT", "GETNAME"});
    servers.check_same({"GET", "missing"});
  }
  for (const Words& words : std::vector<Words>{{"HELLO", "1"},
                                               {"HELLO", "4"},
                                               {"HELLO", "x"},
                                               {"HELLO", "3", "SETNAME"},
                                               {"HELLO", "3", "SETNAME", "a b"},
                                               {"HELLO", "3", "AUTH", "user"},
                                               {"HELLO", "3", "FOO"},
                                               {"HELLO", "3", "AUTH", "nobody", "x"}}) {
    servers.check_same(words);
    servers.check_same({"GET", "missing"});
  }
}

TEST_CASE("RESET forgets version, name and transaction") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  servers.start_over(3);
  servers.check_same({"CLIENT", "SETNAME", "me"});
  servers.check_same({"MULTI"});
  servers.check_same({"RESET"});
  servers.check_same({"CLIENT", "GETNAME"});
  servers.check_same({"EXEC"});
}

TEST_CASE("QUIT answers and closes, and what follows it is not executed") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  servers.check_same_end(encode_command({"PING"}) + encode_command({"QUIT"}));
  servers.check_same_end(encode_command({"QUIT"}) + encode_command({"SET", "after", "quit"}));
  servers.check_same_end(encode_command({"MULTI"}) + encode_command({"QUIT"}));
  servers.check_same_end("quit\r\n");
  servers.check_same({"EXISTS", "after"});
}

TEST_CASE("CLIENT REPLY turns replies off, on, and over one") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  const std::string ping = encode_command({"PING"});
  const auto reply = [](const char* mode) { return encode_command({"CLIENT", "REPLY", mode}); };
  servers.check_same_stream(reply("SKIP") + ping + ping);
  servers.check_same_stream(reply("OFF") + ping + ping + reply("ON") + ping);
  servers.check_same_stream(reply("OFF") + reply("SKIP") + ping + reply("ON"));
  servers.check_same_stream(reply("ON") + ping);
  servers.check_same_stream(reply("SKIP") + encode_command({"NOSUCH"}) + ping);
  servers.check_same_stream(reply("OFF") + encode_command({"SET", "quiet", "1"}) + reply("ON") +
                            encode_command({"GET", "quiet"}));
}

TEST_CASE("inline commands") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  for (const std::string_view lines :
       {"PING\r\n", "ping\n", "  PING  \r\n", "\r\n\r\nPING\r\n", "SET a \"b c\"\r\nGET a\r\n",
        "SET a 'it\\'s'\r\nGET a\r\n", "SET a \"\\x00\\xff\\n\"\r\nGET a\r\n",
        "SET a \"\"\r\nGET a\r\n", "NOSUCH a b\r\n", "GET\r\n", "*0\r\nPING\r\n", "*-1\r\nPING\r\n",
        "ECHO a\"b\"\r\n", "PING\r\n*1\r\n$4\r\nPING\r\nPING\r\n", "ECHO \"\\q\\\"\"\r\n"}) {
    servers.check_same_stream(lines);
  }
}

TEST_CASE("broken framing is answered and ends the connection") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  for (const std::string_view bytes : {"*x\r\n",
                                       "*\r\n",
                                       "*1000000000000\r\n",
                                       "*99999999999999999999999\r\n",
                                       "*1\r\n$-1\r\n",
                                       "*1\r\n$x\r\n",
                                       "*1\r\n$\r\n",
                                       "*1\r\n$536870913\r\n",
                                       "*1\r\n$99999999999999999999\r\n",
                                       "*1\r\nPING\r\n",
                                       "*1\r\n:1\r\n",
                                       "*2\r\n$3\r\nGET\r\n*1\r\n",
                                       "GET \"a\r\n",
                                       "GET 'a\r\n",
                                       "GET \"a\"b\r\n",
                                       "*+1\r\n",
                                       "*01\r\n",
                                       "* 1\r\n",
                                       "*1 \r\n",
                                       "*1\r\n$04\r\nPING\r\n",
                                       "*1\r\n$4\r\nPING\r\n*x\r\n",
                                       "*1\r\n\x01\r\n"}) {
    servers.check_same_end(bytes);
  }
  const std::string long_line(70 << 10, 'a');
  servers.check_same_end(long_line);
  servers.check_same_end("*" + std::string(70 << 10, '1'));
  servers.check_same_end("*1\r\n$" + std::string(70 << 10, '1'));
}

TEST_CASE("a key dies at its time") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  servers.check_same({"SET", "key", "value", "PX", "50"});
  for (const auto& ask : {&ServerPair::ask_node, &ServerPair::ask_redis}) {
    CHECK(ask_until("$-1\r\n", [&] { return (servers.*ask)({"GET", "key"}); }) == "$-1\r\n");
  }
  for (const Words& words : std::vector<Words>{{"TTL", "key"},
                                               {"EXISTS", "key"},
                                               {"TYPE", "key"},
                                               {"KEYS", "*"},
                                               {"RANDOMKEY"},
                                               {"STRLEN", "key"},
                                               {"SETNX", "key", "again"},
                                               {"TTL", "key"}}) {
    servers.check_same(words);
  }
}

TEST_CASE("dead keys that nobody asks for go too") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  for (int i = 0; i < 500; ++i) {
    servers.check_same(
        {"SET", fmt::format("key:{}", i), "value", "PX", std::to_string(1 + i % 50)});
  }
  servers.check_same({"SET", "stays", "value"});
  const auto size = [&] { return servers.ask_node({"DBSIZE"}); };
  CHECK(ask_until(":1\r\n", size) == ":1\r\n");
}

TEST_CASE("SCAN finds every key that is there all the time, while others come and go") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  std::set<std::string> missing;
  for (int i = 0; i < 3000; ++i) {
    missing.insert(fmt::format("stays:{}", i));
    servers.ask_node({"SET", fmt::format("stays:{}", i), "x"});
    servers.ask_node({"SET", fmt::format("goes:{}", i), "x"});
  }
  std::string cursor = "0";
  int step = 0;
  do {
    const auto reply = elements_of(servers.ask_node({"SCAN", cursor, "COUNT", "50"}));
    REQUIRE(reply.size() == 2);
    cursor = text_of(reply[0]);
    for (const std::string& key : elements_of(reply[1])) missing.erase(text_of(key));
    for (int i = 0; i < 30; ++i, ++step) {
      servers.ask_node({"DEL", fmt::format("goes:{}", step)});
      servers.ask_node({"SET", fmt::format("comes:{}", step), "x"});
    }
    REQUIRE(step < 1'000'000);
  } while (cursor != "0");
  CHECK(missing.empty());
}

TEST_CASE("RANDOMKEY returns keys that exist, in time all of them") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  servers.check_same({"RANDOMKEY"});
  std::set<std::string> unseen;
  for (int i = 0; i < 10; ++i) {
    unseen.insert(fmt::format("key:{}", i));
    servers.ask_node({"SET", fmt::format("key:{}", i), "x"});
  }
  for (int i = 0; i < 5000 && !unseen.empty(); ++i) {
    const std::string key = text_of(servers.ask_node({"RANDOMKEY"}));
    REQUIRE(key.starts_with("key:"));
    unseen.erase(key);
  }
  CHECK(unseen.empty());
}

TEST_CASE("TIME tells the clock in seconds and microseconds") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  const auto node = elements_of(servers.ask_node({"TIME"}));
  const auto redis = elements_of(servers.ask_redis({"TIME"}));
  REQUIRE(node.size() == 2);
  CHECK(std::abs(std::stoll(text_of(node[0])) - std::stoll(text_of(redis[0]))) <= 10);
  CHECK(std::stoll(text_of(node[1])) < 1'000'000);
}

TEST_CASE("CLIENT LIST has a line for each connection, with the fields that Redis gives") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  servers.ask_node({"CLIENT", "SETNAME", "first"});
  const auto second = test::RespConnection::to(servers.node());
  REQUIRE(second->call({"CLIENT", "SETNAME", "second"}) == "+OK\r\n");
  const std::string list = text_of(servers.ask_node({"CLIENT", "LIST"}));
  CHECK(list.find(" name=first ") != std::string::npos);
  CHECK(list.find(" name=second ") != std::string::npos);
  CHECK(text_of(servers.ask_node({"CLIENT", "INFO"})).find(" name=first ") != std::string::npos);
  std::istringstream redis_fields(text_of(servers.ask_redis({"CLIENT", "INFO"})));
  for (std::string field; redis_fields >> field;) {
    const std::string name = " " + field.substr(0, field.find('=') + 1);
    CHECK_MESSAGE((" " + list).find(name) != std::string::npos, "CLIENT LIST lacks", name);
  }
}

TEST_CASE("CLIENT ID is different for every connection and grows") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  const auto first = std::stoll(text_of(servers.ask_node({"CLIENT", "ID"})));
  servers.start_over();
  CHECK(std::stoll(text_of(servers.ask_node({"CLIENT", "ID"}))) > first);
}

TEST_CASE("CONFIG SET changes what CONFIG GET tells") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"maxmemory", "104857600"},
                                                        {"maxmemory-policy", "noeviction"},
                                                        {"timeout", "300"},
                                                        {"maxclients", "500"},
                                                        {"loglevel", "warning"}}) {
    servers.check_same({"CONFIG", "SET", name, value});
    servers.check_same({"CONFIG", "GET", name});
  }
  servers.check_same({"CONFIG", "SET", "maxmemory", "10mb"});
  servers.check_same({"CONFIG", "GET", "MAXMEMORY"});
  servers.check_same({"CONFIG", "RESETSTAT"});
}

}  // namespace
}  // namespace cachekit::conformance
