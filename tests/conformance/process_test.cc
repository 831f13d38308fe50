// A node as a process: passwords, flags, signals, sockets.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/conformance/differential.h"
#include "tests/conformance/running_node.h"
#include "tests/support/resp_connection.h"

namespace cachekit::conformance {
namespace {

using test::encode_command;
using test::RespConnection;
using test::ServerProcess;

TEST_CASE("a password keeps strangers out") {
  RunningNode node({"--requirepass", "correct horse", "--bind", "127.0.0.1"});
  const auto connection = node.connect();
  CHECK(ask(*connection, {"GET", "key"}) == "-NOAUTH Authentication required.\r\n");
  CHECK(ask(*connection, {"AUTH", "wrong"}).starts_with("-WRONGPASS "));
  CHECK(ask(*connection, {"SET", "key", "value"}).starts_with("-NOAUTH "));
  CHECK(ask(*connection, {"AUTH", "correct horse"}) == "+OK\r\n");
  CHECK(ask(*connection, {"GET", "key"}) == "$-1\r\n");
  const auto other = node.connect();
  CHECK(ask(*other, {"HELLO", "3", "AUTH", "default", "correct horse"}).starts_with('%'));
  CHECK(node.process().output_tail().find("correct horse") == std::string::npos);
  const auto stranger = node.connect();
  stranger->send("*1\r\n$20000\r\n");
  CHECK(stranger->read_until_closed() == "-ERR Protocol error: unauthenticated bulk length\r\n");
}

TEST_CASE("the same commands with and without a password have the replies of Redis") {
  if (!test::redis_is_installed()) return;
  const auto node = ServerProcess::start_node({"--requirepass", "secret"});
  const auto redis = ServerProcess::start_redis({"--requirepass", "secret"});
  const auto left = RespConnection::to(node->endpoint());
  const auto right = RespConnection::to(redis->endpoint());
  for (const Words& words : std::vector<Words>{{"PING"},
                                               {"GET"},
                                               {"NOSUCH"},
                                               {"HELLO"},
                                               {"HELLO", "3"},
                                               {"AUTH"},
                                               {"AUTH", "a", "b", "c"},
                                               {"AUTH", "wrong"},
                                               {"AUTH", "nobody", "secret"},
                                               {"MULTI"},
                                               {"RESET"},
                                               {"CLIENT", "ID"},
                                               {"COMMAND"},
                                               {"AUTH", "default", "secret"},
                                               {"PING"},
                                               {"RESET"},
                                               {"PING"},
                                               {"AUTH", "secret"},
                                               {"AUTH", "wrong"},
                                               {"PING"}}) {
    CAPTURE(words.front());
    const std::string expected = ask(*right, words);
    CHECK_MESSAGE(ask(*left, words) == expected, "Redis answers ", printable(expected));
  }
  node->stop();
  redis->stop();
}

TEST_CASE("listening beyond loopback without a password is refused with a sentence") {
  const auto exit = ServerProcess::run_node({"--port", "0", "--bind", "0.0.0.0"});
  CHECK(exit.status > 0);
  CHECK(exit.output.find("password") != std::string::npos);
}

TEST_CASE("flags that are wrong are refused with a sentence") {
  for (const Words& flags : std::vector<Words>{{"--no-such-flag"},
                                               {"--port", "99999"},
                                               {"--maxmemory", "a lot"},
                                               {"--eviction", "random"},
                                               {"--maxclients", "0"},
                                               {"--bind", "not an address"}}) {
    CAPTURE(flags.front());
    const auto exit = ServerProcess::run_node(flags);
    CHECK(exit.status > 0);
    CHECK(exit.output.size() > 10);
  }
}

TEST_CASE("a port that is taken is refused with a sentence") {
  RunningNode node;
  const auto port = std::to_string(node.process().endpoint().port);
  const auto exit = ServerProcess::run_node({"--port", port, "--bind", "127.0.0.1"});
  CHECK(exit.status > 0);
  CHECK(exit.output.find(port) != std::string::npos);
}

TEST_CASE("SIGTERM ends a node cleanly while clients are connected and busy") {
  RunningNode node;
  std::vector<std::unique_ptr<RespConnection>> connections;
  for (int i = 0; i < 50; ++i) connections.push_back(node.connect());
  REQUIRE(ask(*connections[0], {"SET", "large", std::string(mebibyte, 'v')}) == "+OK\r\n");
  for (const auto& connection : connections) {
    for (int i = 0; i < 20; ++i) connection->send_some(encode_command({"GET", "large"}));
  }
  node.process().stop();  // checks that it exits with 0
}

TEST_CASE("a Unix socket serves as TCP does, alone if asked, and is gone afterwards") {
  const std::string path = fmt::format("/tmp/cachekit-test-{}.sock", ::getpid());
  {
    RunningNode node({"--unix-socket", path});
    const auto connection = RespConnection::to({.unix_path = path});
    CHECK(ask(*connection, {"SET", "key", "value"}) == "+OK\r\n");
    CHECK(ask(*node.connect(), {"GET", "key"}) == "$5\r\nvalue\r\n");
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace cachekit::conformance
