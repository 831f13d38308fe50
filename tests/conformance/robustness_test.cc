// A node against peers that are slow, rude, many or gone: each ends in an error reply or a closed
// connection, never in a crash, in unbounded memory, or in harm to others.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/conformance/running_node.h"
#include "tests/support/resp_connection.h"

namespace cachekit::conformance {
namespace {

using test::encode_command;
using test::RespConnection;

TEST_CASE("a peer that stops in the middle of a command harms nobody") {
  RunningNode node;
  const std::string command = encode_command({"SET", "key", "value"});
  std::vector<std::unique_ptr<RespConnection>> open;
  for (std::size_t size = 1; size < command.size(); ++size) {
    open.push_back(node.connect());
    open.back()->send(command.substr(0, size));
    if (size % 2 == 0) open.back()->finish_sending();
    if (size % 3 == 0) open.pop_back();
  }
  node.check_serves();
  CHECK(ask(*node.connect(), {"EXISTS", "key"}) == ":0\r\n");
}

TEST_CASE("a half-closed peer still gets the replies to what it sent") {
  RunningNode node;
  const auto connection = node.connect();
  connection->send(encode_command({"PING"}) + encode_command({"ECHO", "bye"}));
  connection->finish_sending();
  CHECK(connection->read_until_closed() == "+PONG\r\n$3\r\nbye\r\n");
}

TEST_CASE("a command that comes byte by byte is executed") {
  RunningNode node;
  const auto connection = node.connect();
  const std::string stream = encode_command({"SET", "key", "value"}) + "GET key\r\n";
  for (const char& byte : stream) connection->send({&byte, 1});
  CHECK(connection->read_reply() == "+OK\r\n");
  CHECK(connection->read_reply() == "$5\r\nvalue\r\n");
}

TEST_CASE("a long pipeline is answered in full and in order") {
  RunningNode node;
  const auto connection = node.connect();
  constexpr int count = 20'000;
  std::string pipeline;
  for (int i = 0; i < count; ++i) pipeline += encode_command({"INCR", "n"});
  connection->send(pipeline);
  for (int i = 1; i <= count; ++i) REQUIRE(connection->read_reply() == fmt::format(":{}\r\n", i));
}

TEST_CASE("a client that never reads costs a bounded amount, and others are served") {
  RunningNode node;
  const auto other = node.connect();
  REQUIRE(ask(*other, {"SET", "large", std::string(mebibyte, 'v')}) == "+OK\r\n");
  const std::size_t before = node.process().resident_bytes();
  const auto deaf = node.connect();
  const std::string request = encode_command({"GET", "large"});
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += request;
  for (int round = 0; round < 20; ++round) {
    deaf->send_some(requests);
    REQUIRE(ask(*other, {"PING"}) == "+PONG\r\n");
  }
  CHECK(node.process().resident_bytes() <= before + overhead_bytes);
}

TEST_CASE("many clients that never read cost a bounded amount each") {
  RunningNode node;
  const auto other = node.connect();
  REQUIRE(ask(*other, {"SET", "key", std::string(10'000, 'v')}) == "+OK\r\n");
  const std::size_t before = node.process().resident_bytes();
  std::string requests;
  for (int i = 0; i < 2000; ++i) requests += encode_command({"GET", "key"});
  std::vector<std::unique_ptr<RespConnection>> deaf;
  for (int i = 0; i < 50; ++i) {
    deaf.push_back(node.connect());
    deaf.back()->send_some(requests);
  }
  REQUIRE(ask(*other, {"PING"}) == "+PONG\r\n");
  // A session stops executing at a mebibyte of unsent replies; its input may wait beside it.
  CHECK(node.process().resident_bytes() <= before + 50 * 2 * mebibyte + overhead_bytes);
}

TEST_CASE("what a header announces is not taken before it comes") {
  RunningNode node;
  const std::size_t before = node.process().resident_bytes();
  std::vector<std::unique_ptr<RespConnection>> liars;
  for (int i = 0; i < 100; ++i) {
    liars.push_back(node.connect());
    liars.back()->send(i % 2 == 0 ? "*2\r\n$3\r\nGET\r\n$500000000\r\nabc" : "*1000000\r\n$1\r\na");
  }
  REQUIRE(node.serves());
  CHECK(node.process().resident_bytes() <= before + overhead_bytes);
}

TEST_CASE("a header of a billion arguments and an oversized bulk are refused") {
  RunningNode node({"--max-bulk-size", "2mb"});
  auto connection = node.connect();
  connection->send("*1000000000\r\n");
  CHECK(connection->read_until_closed() == "-ERR Protocol error: invalid multibulk length\r\n");
  connection = node.connect();
  connection->send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2097153\r\n");
  CHECK(connection->read_until_closed() == "-ERR Protocol error: invalid bulk length\r\n");
}

TEST_CASE("input beyond the limit of the query buffer closes the connection") {
  RunningNode node({"--query-buffer-limit", "4mb"});
  const auto connection = node.connect();
  connection->send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$50000000\r\n" + std::string(8 * mebibyte, 'v'));
  CHECK(connection->read_until_closed().has_value());
  CHECK(node.process().resident_bytes() < 64 * mebibyte + sanitizer_margin_bytes);
}

TEST_CASE("values of many sizes come back as they went") {
  RunningNode node;
  const auto connection = node.connect();
  for (const std::size_t size :
       {0UL, 1UL, 100UL, 4095UL, 16384UL, 65536UL, 1UL << 20, 20UL << 20}) {
    std::string value(size, 'v');
    for (std::size_t i = 0; i < size; i += 97) value[i] = static_cast<char>(i);
    REQUIRE(ask(*connection, {"SET", "key", value}) == "+OK\r\n");
    const bool same =
        ask(*connection, {"GET", "key"}) == fmt::format("${}\r\n", size) + value + "\r\n";
    CHECK(same);
  }
}

TEST_CASE("broken framing is answered, and ends that connection alone") {
  RunningNode node;
  const auto other = node.connect();
  for (const std::string_view bytes : {"*x\r\n", "*1\r\n$-5\r\n", "GET \"\r\n", "*1\r\nx\r\n"}) {
    const auto connection = node.connect();
    connection->send(bytes);
    CHECK(connection->read_until_closed().value_or("").starts_with("-ERR Protocol error"));
    CHECK(ask(*other, {"PING"}) == "+PONG\r\n");
  }
}

TEST_CASE("random bytes never harm a node") {
  RunningNode node;
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = random() % 2 == 0 ? "" : "*2\r\n$3\r\nGET\r\n";
    for (std::size_t left = random() % 2000; left > 0; --left) {
      bytes.push_back("*$\r\n0123456789\"'\\xGETSab\xff"[random() % 26]);
    }
    const auto connection = node.connect();
    connection->send(bytes);
    if (random() % 2 == 0) connection->finish_sending();
  }
  node.check_serves();
}

TEST_CASE("a thousand connections at once are served") {
  RunningNode node;
  std::vector<std::unique_ptr<RespConnection>> connections;
  for (int i = 0; i < 1000; ++i) connections.push_back(node.connect());
  for (const auto& connection : connections) connection->send(encode_command({"INCR", "n"}));
  for (const auto& connection : connections) {
    REQUIRE(connection->read_reply().value_or("").starts_with(':'));
  }
  CHECK(ask(*connections.front(), {"GET", "n"}) == "$4\r\n1000\r\n");
}

TEST_CASE("what many connections send in the same turn is answered, each in its order") {
  RunningNode node;
  std::vector<std::unique_ptr<RespConnection>> connections;
  for (std::size_t i = 0; i < 300; ++i) {
    connections.push_back(node.connect());
    REQUIRE(ask(*connections.back(), {"PING"}) == "+PONG\r\n");
  }
  node.pause();
  for (std::size_t i = 0; i < 300; ++i) {
    const std::string key = fmt::format("key:{}", i);
    const std::string value(i * 50, 'v');
    connections[i]->send(encode_command({"SET", key, value}) + encode_command({"INCR", "n"}) +
                         encode_command({"STRLEN", key}));
    if (i % 3 == 0) connections[i]->finish_sending();
  }
  node.go_on();
  for (std::size_t i = 0; i < 300; ++i) {
    REQUIRE(connections[i]->read_reply() == "+OK\r\n");
    REQUIRE(connections[i]->read_reply().value_or("").starts_with(':'));
    REQUIRE(connections[i]->read_reply() == fmt::format(":{}\r\n", i * 50));
    if (i % 3 == 0) REQUIRE(connections[i]->read_until_closed() == "");
  }
  CHECK(ask(*node.connect(), {"GET", "n"}) == "$3\r\n300\r\n");
}

TEST_CASE("connections that are killed, quit and fail in the turn in which they send harm nobody") {
  RunningNode node;
  std::vector<std::unique_ptr<RespConnection>> connections;
  for (std::size_t i = 0; i < 100; ++i) {
    connections.push_back(node.connect());
    REQUIRE(ask(*connections.back(), {"CLIENT", "SETNAME", fmt::format("c{}", i)}) == "+OK\r\n");
  }
  node.pause();
  for (std::size_t i = 0; i < 100; ++i) {
    const std::string incr = encode_command({"INCR", "n"});
    if (i % 10 == 3) connections[i]->send("*1\r\n!broken\r\n");
    if (i % 10 == 5) connections[i]->send(incr + encode_command({"QUIT"}) + incr);
    if (i % 10 == 7) {
      connections[i]->send(incr);
      connections[i].reset();
      continue;
    }
    connections[i]->send(i == 50 ? encode_command({"CLIENT", "KILL", "TYPE", "normal"}) : incr);
  }
  node.go_on();
  CHECK(connections[50]->read_reply().value_or("").starts_with(':'));
  for (std::size_t i = 0; i < 100; ++i) {
    if (i != 50 && connections[i]) CHECK(connections[i]->read_until_closed());
  }
  const auto connection = node.connect();
  CHECK(ask(*connection, {"PING"}) == "+PONG\r\n");
}

TEST_CASE("a connection beyond maxclients is told so and closed; a place that is freed is taken") {
  RunningNode node({"--maxclients", "10"});
  std::vector<std::unique_ptr<RespConnection>> connections;
  for (int i = 0; i < 10; ++i) {
    connections.push_back(node.connect());
    REQUIRE(ask(*connections.back(), {"PING"}) == "+PONG\r\n");
  }
  const auto refused = node.connect();
  CHECK(refused->read_until_closed() == "-ERR max number of clients reached\r\n");
  connections.clear();
  CHECK(becomes_true([&] { return node.serves(); }));
}

TEST_CASE("a silent client is disconnected after its time") {
  RunningNode node({"--timeout", "1"});
  const auto silent = node.connect();
  CHECK(ask(*silent, {"PING"}) == "+PONG\r\n");
  CHECK(silent->read_until_closed() == "");
}

TEST_CASE("CLIENT KILL closes another connection") {
  RunningNode node;
  const auto victim = node.connect();
  const std::string id = ask(*victim, {"CLIENT", "ID"});
  const auto killer = node.connect();
  const std::string digits = id.substr(1, id.size() - 3);
  CHECK(ask(*killer, {"CLIENT", "KILL", "ID", digits}) == ":1\r\n");
  CHECK(victim->read_until_closed() == "");
  CHECK(ask(*killer, {"CLIENT", "KILL", "ID", digits}) == ":0\r\n");
}

TEST_CASE("a node survives a thousand connections that come and go") {
  RunningNode node;
  for (int i = 0; i < 1000; ++i) {
    const auto connection = node.connect();
    if (i % 3 == 0) connection->send(encode_command({"PING"}));
    if (i % 7 == 0) connection->send("*1\r\n$4\r\nPI");
  }
  const auto connection = node.connect();
  CHECK(becomes_true([&] {
    return ask(*connection, {"INFO", "clients"}).find("connected_clients:1\r\n") !=
           std::string::npos;
  }));
}

}  // namespace
}  // namespace cachekit::conformance
