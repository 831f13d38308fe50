#include "node/session.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>
#include <string>

#include "tests/support/seed.h"
#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

using node::Actions;
using node::Session;
using node::Settings;

std::string repeat(std::string_view text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

// A conversation that touches every kind of reply, and closes at the end.
std::string long_conversation() {
  std::string bytes = "PING\r\n\r\n*0\r\n";
  for (int i = 0; i < 50; ++i) {
    bytes +=
        encode({"SET", fmt::format("key{}", i % 7), std::string(static_cast<size_t>(i) * 9, 'v')});
    bytes += encode({"GET", fmt::format("key{}", i % 5)});
  }
  bytes += encode({"MGET", "key1", "nothing", "key2"});
  bytes += encode({"HELLO", "3"}) + encode({"GET", "nothing"}) + "GET 'two words'\r\n";
  bytes += "MULTI\r\nSET n 1\r\nINCR n\r\nLPUSH n\r\n" + encode({"EXEC"});
  bytes += "MULTI\r\nINCR n\r\nGET n\r\nEXEC\r\n";
  bytes += "CLIENT REPLY SKIP\r\nPING\r\nCLIENT REPLY OFF\r\nPING\r\nCLIENT REPLY ON\r\n";
  bytes += encode({"NOSUCH", "a\r\nb"}) + "GET\r\n*1\r\n$x\r\nPING\r\n";
  return bytes;
}

std::string said_in_slices(std::string_view bytes, std::mt19937_64& random) {
  TestNode node;
  Client client(node);
  std::string heard;
  while (!bytes.empty() && !client.closed) {
    const std::size_t most = random() % 4 == 0 ? 300 : 9;
    const std::size_t size = std::min(bytes.size(), 1 + random() % most);
    heard += client.send(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return heard;
}

TEST_CASE("a command is answered") {
  TestNode node;
  Client client(node);
  CHECK(client.call({"SET", "greeting", "hello"}) == "+OK\r\n");
  CHECK(client.call({"GET", "greeting"}) == "$5\r\nhello\r\n");
  CHECK(client.last_wait == Actions::Wait::input);
}

TEST_CASE("all commands of one read are answered by one list of segments") {
  TestNode node;
  Client client(node);
  CHECK(client.send("PING\r\nSET a 1\r\nINCR a\r\n") == "+PONG\r\n+OK\r\n:2\r\n");
  CHECK(client.turns == 1);
}

TEST_CASE("replies do not depend on how the bytes are cut") {
  std::mt19937_64 random(seed());
  TestNode node;
  Client client(node);
  const std::string whole = client.send(long_conversation());
  REQUIRE(client.closed);
  CHECK(whole.ends_with("-ERR Protocol error: invalid bulk length\r\n"));
  for (int round = 0; round < 50; ++round) {
    REQUIRE(said_in_slices(long_conversation(), random) == whole);
  }
}

TEST_CASE("a large value arrives in pieces") {
  TestNode node;
  Client client(node);
  const std::string value(3'000'000, 'x');
  const std::string bytes = encode({"SET", "large", value}) + encode({"STRLEN", "large"});
  std::string heard;
  for (std::size_t at = 0; at < bytes.size(); at += 65536) {
    heard += client.send(std::string_view(bytes).substr(at, 65536));
  }
  CHECK(heard == "+OK\r\n:3000000\r\n");
  CHECK(client.connection().input_bytes == 0);
}

TEST_CASE("a header that announces much does not take memory before it arrives") {
  TestNode node;
  Client client(node);
  CHECK(client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500000000\r\nabc").empty());
  CHECK(client.connection().input_bytes < 100);
  CHECK(!client.closed);
}

TEST_CASE("a protocol error is answered, and then the connection closes") {
  TestNode node;
  Client client(node);
  CHECK(client.send("PING\r\n*1\r\n:1\r\nPING\r\n") ==
        "+PONG\r\n-ERR Protocol error: expected '$', got ':'\r\n");
  REQUIRE(client.closed);
  CHECK(client.closed->after_flush);
  CHECK(client.closed->reason == "ERR Protocol error: expected '$', got ':'");
  CHECK(client.send("PING\r\n").empty());
}

TEST_CASE("unknown commands and wrong arity are answered as Redis answers them") {
  TestNode node;
  Client client(node);
  CHECK(client.call({"foo"}) == "-ERR unknown command 'foo', with args beginning with: \r\n");
  CHECK(client.call({"foo", "a", "b"}) ==
        "-ERR unknown command 'foo', with args beginning with: 'a' 'b' \r\n");
  CHECK(client.call({"Get"}) == "-ERR wrong number of arguments for 'get' command\r\n");
  CHECK(client.call({""}) == "-ERR unknown command '', with args beginning with: \r\n");
}

TEST_CASE("an unknown command is quoted no further than 128 bytes") {
  TestNode node;
  Client client(node);
  const std::string reply = client.call({"foo", std::string(500, 'a'), "more"});
  CHECK(reply == "-ERR unknown command 'foo', with args beginning with: '" + std::string(128, 'a') +
                     "' \r\n");
}

TEST_CASE("QUIT is answered, and nothing after it is executed") {
  TestNode node;
  Client client(node);
  CHECK(client.send("QUIT\r\nSET a 1\r\n") == "+OK\r\n");
  REQUIRE(client.closed);
  CHECK(client.closed->after_flush);
  CHECK(node.node().store().size() == 0);
}

TEST_CASE("a client that does not read is executed no further than the high water mark") {
  TestNode node;
  Client client(node);
  client.call({"SET", "k", std::string(100'000, 'x')});
  client.stop_reading();
  client.send(repeat("GET k\r\n", 1000));
  CHECK(client.last_wait == Actions::Wait::drained);
  CHECK(client.connection().unsent_bytes < Session::high_water_bytes + 110'000);
  CHECK(!client.session().has_room());
}

TEST_CASE("a parked session goes on when its output has drained, and loses nothing") {
  TestNode node;
  Client client(node);
  client.call({"SET", "k", std::string(100'000, 'x')});
  client.stop_reading();
  client.send(repeat("GET k\r\n", 100) + "PING\r\n");
  const std::string heard = client.read_all();
  CHECK(heard.size() == 100 * (100'000 + 11) + 7);
  CHECK(heard.ends_with("+PONG\r\n"));
  CHECK(client.last_wait == Actions::Wait::input);
}

TEST_CASE("a parked session that is woken too early waits on") {
  TestNode node;
  Client client(node);
  client.call({"SET", "k", std::string(100'000, 'x')});
  client.stop_reading();
  client.send(repeat("GET k\r\n", 100));
  const std::size_t before = client.connection().unsent_bytes;
  const Actions actions = client.session().on_wake(node.now());
  CHECK(actions.wait == Actions::Wait::drained);
  CHECK(actions.send.size_bytes() == 0);
  CHECK(client.connection().unsent_bytes == before);
}

TEST_CASE("a long pipeline yields after its share of a turn") {
  TestNode node;
  Client client(node);
  const std::size_t count = 2 * Session::commands_per_turn + 10;
  const std::string pings = repeat("PING\r\n", count);
  client.session().read(pings, node.now(), node.node().batch());
  const Actions first = client.executed();
  CHECK(first.wait == Actions::Wait::turn);
  CHECK(first.send.size_bytes() == Session::commands_per_turn * 7);
  const Actions second = client.session().on_wake(node.now());
  CHECK(second.wait == Actions::Wait::turn);
  const Actions third = client.session().on_wake(node.now());
  CHECK(third.wait == Actions::Wait::input);
  CHECK(third.send.size_bytes() == 10 * 7);
}

TEST_CASE("one reply over the output limit closes the connection, unsent") {
  Settings settings;
  settings.output_buffer_limit_bytes = 1'000'000;
  TestNode node(settings);
  Client client(node);
  client.call({"SET", "k", std::string(300'000, 'x')});
  CHECK(client.send("MGET k k k\r\n").size() > 900'000);
  CHECK(client.send("MGET k k k k\r\n").empty());
  REQUIRE(client.closed);
  CHECK(!client.closed->after_flush);
  CHECK(client.closed->reason == "its replies exceed client-output-buffer-limit");
}

TEST_CASE("input over the query buffer limit closes the connection") {
  Settings settings;
  settings.query_buffer_limit_bytes = 1'000'000;
  TestNode node(settings);
  Client client(node);
  client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2000000\r\n");
  for (int i = 0; i < 16 && !client.closed; ++i) client.send(std::string(65536, 'x'));
  REQUIRE(client.closed);
  CHECK(!client.closed->after_flush);
  CHECK(client.closed->reason ==
        "its query buffer holds 1048606 bytes, client-query-buffer-limit is 1000000");
}

TEST_CASE("a bulk over proto-max-bulk-len is refused by its header") {
  Settings settings;
  settings.max_bulk_bytes = 1'000'000;
  TestNode node(settings);
  Client client(node);
  CHECK(client.send("*2\r\n$3\r\nGET\r\n$1000001\r\n") ==
        "-ERR Protocol error: invalid bulk length\r\n");
  CHECK(client.closed);
}

TEST_CASE("a stranger may not send much") {
  TestNode node(with_password("secret"));
  Client many(node);
  CHECK(many.send("*11\r\n") == "-ERR Protocol error: unauthenticated multibulk length\r\n");
  Client large(node);
  CHECK(large.send("*2\r\n$4\r\nAUTH\r\n$16385\r\n") ==
        "-ERR Protocol error: unauthenticated bulk length\r\n");
}

TEST_CASE("without the password nothing but the way in is open") {
  TestNode node(with_password("secret"));
  Client client(node);
  CHECK(client.call({"PING"}) == "-NOAUTH Authentication required.\r\n");
  CHECK(client.call({"SET", "a", "1"}) == "-NOAUTH Authentication required.\r\n");
  CHECK(client.call({"MULTI"}) == "-NOAUTH Authentication required.\r\n");
  CHECK(client.call({"EXEC"}) ==
        "-EXECABORT Transaction discarded because of: NOAUTH Authentication required.\r\n");
  CHECK(client.call({"RESET"}) == "+RESET\r\n");
  CHECK(client.call({"AUTH", "secret"}) == "+OK\r\n");
  CHECK(client.call({"PING"}) == "+PONG\r\n");
}

TEST_CASE("when memory is full, writes are refused and reads go on") {
  Settings settings;
  settings.eviction.evicts = false;
  TestNode node(settings);
  Client client(node);
  client.call({"SET", "a", "1"});
  CHECK(client.send("CONFIG SET maxmemory 1\r\n") == "+OK\r\n");
  CHECK(client.call({"SET", "b", "1"}) ==
        "-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  CHECK(client.call({"GET", "a"}) == "$1\r\n1\r\n");
  CHECK(client.call({"DEL", "a"}) == ":1\r\n");
}

TEST_CASE("a killed connection closes at once and leaves the list") {
  TestNode node;
  Client client(node);
  client.deliver({client.connection().id, node::Message::Kind::close, "killed by connection 7"});
  REQUIRE(client.closed);
  CHECK(!client.closed->after_flush);
  CHECK(client.closed->reason == "killed by connection 7");
}

TEST_CASE("a message to a session that is already closing changes nothing more") {
  TestNode node;
  Client client(node);
  client.send("QUIT\r\n");
  client.deliver({client.connection().id, node::Message::Kind::close, "killed"});
  CHECK(client.send("PING\r\n").empty());
  CHECK(client.closed);
}

TEST_CASE("the registry knows a connection as long as its session lives") {
  TestNode node;
  const Client stays(node);
  {
    const Client goes(node);
    CHECK(node.node().connections().size() == 2);
  }
  CHECK(node.node().connections().size() == 1);
  CHECK(node.node().connections().find(stays.connection().id) == &stays.connection());
}

TEST_CASE("buffers count towards the memory limit, pinned values only where they lie") {
  test::TestNode node;
  test::Client client(node);
  client.call({"SET", "small", std::string(20'000, 'x')});
  client.call({"SET", "large", std::string(200'000, 'x')});
  const std::size_t before = node.node().store().used_memory_bytes();
  client.stop_reading();
  client.call({"GET", "small"});
  CHECK(node.node().store().used_memory_bytes() >= before + 20'000);
  client.call({"GET", "large"});
  CHECK(node.node().store().used_memory_bytes() < before + 25'000);
  client.send("*2\r\n$3\r\nGET\r\n$9000\r\n" + std::string(5000, 'k'));
  CHECK(node.node().buffer_bytes() >= 25'000);
  client.read_all();
  CHECK(node.node().buffer_bytes() < 6'000);
}

TEST_CASE("a key of 32 KiB is stored, a longer one is refused by what would store it") {
  test::TestNode node;
  test::Client client(node);
  const std::string longest(node::storage::longest_key_bytes, 'k');
  CHECK(client.call({"SET", longest, std::string(32'000, 'v')}) == "+OK\r\n");
  CHECK(client.call({"STRLEN", longest}) == ":32000\r\n");
  const std::string error = "-ERR a key has 32769 bytes, more than 32768 cannot be stored\r\n";
  CHECK(client.call({"SET", longest + "k", "v"}) == error);
  CHECK(client.call({"MSET", "a", "1", longest + "k", "v"}) == error);
  CHECK(client.call({"LPUSH", longest + "k", "v"}) == error);
  CHECK(client.call({"RENAME", longest, longest + "k"}) == error);
  CHECK(client.call({"GET", longest + "k"}) == "$-1\r\n");
}

TEST_CASE("commands, failures and refusals are counted by name") {
  TestNode node;
  Client client(node);
  client.send("SET a text\r\nINCR a\r\nGET\r\nNOSUCH\r\nCLIENT ID\r\n");
  const node::Statistics& statistics = node.node().statistics();
  const auto& incr = statistics.commands[static_cast<std::size_t>(protocol::CommandId::incr)];
  const auto& get = statistics.commands[static_cast<std::size_t>(protocol::CommandId::get)];
  CHECK(incr.calls == 1);
  CHECK(incr.failed_calls == 1);
  CHECK(get.calls == 0);
  CHECK(get.rejected_calls == 1);
  CHECK(statistics.subcommands.at("client|id").calls == 1);
  CHECK(statistics.commands_processed == 3);
  CHECK(statistics.errors.at("ERR") == 3);
}

}  // namespace
}  // namespace cachekit::test
