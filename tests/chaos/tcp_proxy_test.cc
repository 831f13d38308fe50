#include "tests/support/tcp_proxy.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/resp_connection.h"
#include "tests/support/server_process.h"

namespace cachekit::test {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// A node, and a proxy before it.
struct Behind {
  std::unique_ptr<ServerProcess> node = ServerProcess::start_node();
  TcpProxy proxy{node->endpoint().text()};

  std::unique_ptr<RespConnection> open(
      milliseconds timeout = RespConnection::default_timeout) const {
    const std::string& address = proxy.address();
    const auto port = std::stoi(address.substr(address.rfind(':') + 1));
    return RespConnection::open({.port = static_cast<std::uint16_t>(port)}, timeout);
  }
};

// Long beside a way through a proxy that does nothing.
constexpr milliseconds a_while{100};

bool is_silent(RespConnection& connection) {
  const auto reply = connection.read_reply();
  return !reply && reply.error() != "closed";
}

template <class Condition>
bool comes_true(Condition&& condition) {
  const auto deadline = Clock::now() + RespConnection::default_timeout;
  while (!condition() && Clock::now() < deadline) ::poll(nullptr, 0, 1);
  return condition();
}

milliseconds time_of_ping(RespConnection& connection) {
  const auto began = Clock::now();
  CHECK(connection.call({"PING"}) == "+PONG\r\n");
  return std::chrono::duration_cast<milliseconds>(Clock::now() - began);
}

TEST_CASE("what goes in comes out, however much") {
  Behind behind;
  const auto connection = behind.open();
  const std::string value(3 << 20, 'x');
  CHECK(connection->call({"SET", "key", value}) == "+OK\r\n");
  CHECK(connection->call({"GET", "key"}) == "$3145728\r\n" + value + "\r\n");
  CHECK(connection->send(encode_command({"QUIT"})));
  CHECK(connection->read_until_closed() == "+OK\r\n");
}

TEST_CASE("a cut holds everything back, and healing lets it go on") {
  Behind behind;
  const auto impatient = behind.open(a_while);
  CHECK(impatient->call({"PING"}) == "+PONG\r\n");
  behind.proxy.cut();
  CHECK(impatient->send(encode_command({"SET", "key", "value"})));
  const auto late = behind.open();
  REQUIRE(late);  // is taken, and silent
  CHECK(late->send(encode_command({"ECHO", "late"})));
  CHECK(is_silent(*impatient));
  const auto direct = RespConnection::to(behind.node->endpoint());
  CHECK(direct->call({"GET", "key"}) == "$-1\r\n");
  behind.proxy.heal();
  CHECK(late->read_reply() == "$4\r\nlate\r\n");
  CHECK(comes_true([&] { return direct->call({"GET", "key"}) == "$5\r\nvalue\r\n"; }));
}

TEST_CASE("a delay is for each direction, and a loss delays what comes after it") {
  Behind behind;
  const auto connection = behind.open();
  behind.proxy.set({.to_target = {.delay = milliseconds(40)}});
  CHECK(time_of_ping(*connection) >= milliseconds(40));
  behind.proxy.set({.to_client = {.loss = 1, .repeated_after = milliseconds(60)}});
  CHECK(time_of_ping(*connection) >= milliseconds(60));
  behind.proxy.heal();
  CHECK(connection->call({"PING"}) == "+PONG\r\n");
}

TEST_CASE("a slow way takes its time") {
  Behind behind;
  const auto connection = behind.open();
  behind.proxy.set({.to_target = {.bytes_per_second = 1 << 20}});
  const auto began = Clock::now();
  CHECK(connection->call({"SET", "key", std::string(200 << 10, 'x')}) == "+OK\r\n");
  CHECK(Clock::now() - began >= milliseconds(190));
}

TEST_CASE("only connections that open so are concerned") {
  Behind behind;
  const auto one = behind.open(a_while);
  const auto other = behind.open();
  CHECK(one->call({"ECHO", "marked"}) == "$6\r\nmarked\r\n");
  CHECK(other->call({"PING"}) == "+PONG\r\n");
  behind.proxy.set({.to_target = {.cut = true}, .to_client = {.cut = true}, .opening = "marked"});
  CHECK(one->send(encode_command({"PING"})));
  CHECK(other->call({"PING"}) == "+PONG\r\n");
  CHECK(is_silent(*one));
}

TEST_CASE("a target that is not there resets the connection") {
  Behind behind;
  behind.node->stop();
  const auto connection = behind.open();
  REQUIRE(connection);
  CHECK_FALSE(connection->call({"PING"}).has_value());
}

}  // namespace
}  // namespace cachekit::test
