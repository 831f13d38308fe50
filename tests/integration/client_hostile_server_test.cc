// Servers that accept and then misbehave: every call ends in time and with the right code.

#include <doctest/doctest.h>

#include <chrono>
#include <optional>

#include "tests/integration/async_calls.h"
#include "tests/integration/client_cluster.h"
#include "tests/integration/fake_server.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

/// Late by this much is still in time, on a busy machine.
constexpr auto tolerance = 2s;

FakeServer::Handler always(FakeServer::Reply reply) {
  return [reply](const FakeServer::Words&) { return reply; };
}

Client client_of(const FakeServer& server, ClientOptions options = {}) {
  auto client = Client::connect("cachekit://" + server.address(), std::move(options));
  REQUIRE(client.has_value());
  return *std::move(client);
}

template <class T>
std::string_view shown(const Result<T>& result) {
  return name_of(code_of(result));
}

/// The codes of one read and one change, and that both came in time.
void check_codes(Client& client, Code read, Code change) {
  const auto started = std::chrono::steady_clock::now();
  CHECK(shown(client.get("k")) == name_of(read));
  CHECK(shown(client.incr("k")) == name_of(change));
  CHECK(std::chrono::steady_clock::now() - started < 2 * 1s + tolerance);
}

}  // namespace

TEST_CASE("a server that never answers") {
  const FakeServer server(always({}));
  Client client = client_of(server, {.read_timeout = 200ms});
  check_codes(client, Code::deadline_exceeded, Code::outcome_unknown);
}

TEST_CASE("a server that does not even greet") {
  const FakeServer server(always({}), {.greets = false});
  Client client = client_of(server, {.max_attempts = 2});
  check_codes(client, Code::unavailable, Code::unavailable);
}

TEST_CASE("the deadline also bounds what is not the answer's fault") {
  const FakeServer server(always({}), {.greets = false});
  Client client = client_of(server, {.total_timeout = 100ms});
  check_codes(client, Code::deadline_exceeded, Code::deadline_exceeded);
}

TEST_CASE("a server that accepts and closes") {
  const FakeServer server(always({}), {.closes_at_once = true});
  Client client = client_of(server);
  check_codes(client, Code::unavailable, Code::unavailable);
}

TEST_CASE("a server that closes instead of answering") {
  const FakeServer server(always({.then_close = true}));
  Client client = client_of(server, {.max_attempts = 3});
  check_codes(client, Code::unavailable, Code::outcome_unknown);
  CHECK(server.handled() == 3 + 1);
}

TEST_CASE("half a reply and the end") {
  const FakeServer server(always({.bytes = "$10\r\nabc", .then_close = true}));
  Client client = client_of(server, {.max_attempts = 3});
  check_codes(client, Code::unavailable, Code::outcome_unknown);
}

TEST_CASE("half a reply and silence") {
  const FakeServer server(always({.bytes = "$10\r\nabc"}));
  Client client = client_of(server, {.read_timeout = 200ms});
  check_codes(client, Code::deadline_exceeded, Code::outcome_unknown);
}

TEST_CASE("garbage") {
  const FakeServer server(always({.bytes = "HTTP/1.1 400 Bad Request\r\n\r\n"}));
  Client client = client_of(server);
  check_codes(client, Code::protocol_error, Code::protocol_error);
}

TEST_CASE("a reply of the wrong kind") {
  const FakeServer server(always({.bytes = "*1\r\n:1\r\n"}));
  Client client = client_of(server);
  check_codes(client, Code::protocol_error, Code::protocol_error);
}

TEST_CASE("a reply that never ends") {
  const FakeServer server(always({.bytes = "$400000000\r\n", .then_endless = true}));
  Client client = client_of(server, {.max_reply_bytes = 1'000'000});
  check_codes(client, Code::limit_exceeded, Code::limit_exceeded);
}

TEST_CASE("an array of a thousand million elements costs no memory") {
  const FakeServer server(always({.bytes = "*1000000000\r\n"}));
  Client client = client_of(server);
  check_codes(client, Code::limit_exceeded, Code::limit_exceeded);
}

TEST_CASE("a slow drip does not stretch the deadline") {
  const FakeServer server(always({.bytes = "$100\r\n" + std::string(100, 'x'), .pause = 50ms}));
  Client client = client_of(server, {.read_timeout = 300ms});
  check_codes(client, Code::deadline_exceeded, Code::outcome_unknown);
}

TEST_CASE("one reply too many closes the connection and reaches nobody") {
  std::atomic<int> count{0};
  const FakeServer server([&](const FakeServer::Words& words) {
    const std::string reply = "+" + words[1] + "\r\n";
    return FakeServer::Reply{.bytes = ++count % 2 == 1 ? reply + "+stray\r\n" : reply};
  });
  Client client = client_of(server);
  for (int i = 0; i < 20; ++i) {
    const std::string key = "k" + std::to_string(i);
    CHECK(*client.type(key) == key);
  }
}

TEST_CASE("commands behind an unanswered change: reads are repeated, changes are not") {
  std::atomic<int> increments{0};
  std::atomic<bool> broken{false};
  const FakeServer server([&](const FakeServer::Words& words) {
    if (words[0] == "INCR") ++increments;
    if (words[1] == "break" && !broken.exchange(true)) return FakeServer::Reply{.then_close = true};
    return FakeServer::Reply{.bytes = words[0] == "INCR" ? ":1\r\n" : "$1\r\nv\r\n"};
  });
  Client client = client_of(server);
  Pipeline pipeline = client.pipeline();
  const auto first = pipeline.incr("a");
  const auto lost = pipeline.incr("break");
  const auto behind = pipeline.incr("b");
  const auto read = pipeline.get("c");
  CHECK(pipeline.execute().code() == Code::outcome_unknown);
  CHECK(*first.result() == 1);
  CHECK(code_of(lost.result()) == Code::outcome_unknown);
  CHECK(code_of(behind.result()) == Code::outcome_unknown);
  CHECK(**read.result() == "v");
  CHECK(increments == 2);
}

TEST_CASE("a server that takes no more clients is tried again") {
  std::atomic<int> greetings{0};
  const FakeServer server(
      [&](const FakeServer::Words& words) {
        if (words[0] == "PING") return FakeServer::Reply{.bytes = "+PONG\r\n"};
        if (words[0] == "GET") return FakeServer::Reply{.bytes = "$1\r\nv\r\n"};
        if (++greetings <= 2) {
          return FakeServer::Reply{.bytes = "-ERR max number of clients reached\r\n",
                                   .then_close = true};
        }
        return FakeServer::Reply{.bytes = "+OK\r\n"};
      },
      {.greets = false});
  Client client = client_of(server);
  CHECK(**client.get("k") == "v");
  CHECK(greetings == 3);
}

TEST_CASE("a server that never answers takes no answer away from the others") {
  const FakeServer silent(always({}));
  const FakeServer good(always({.bytes = "+fine\r\n"}));
  for (const std::string& url :
       {silent.address() + "," + good.address(), good.address() + "," + silent.address()}) {
    auto client = Client::connect("cachekit://" + url, {.total_timeout = 200ms});
    REQUIRE(client.has_value());
    auto pipeline = client->pipeline();
    std::vector<Pending<std::string>> of_good;
    for (int i = 0; i < 20; ++i) {
      const std::string key = std::to_string(i);
      auto type = pipeline.type(key);
      if (client->locate(key).node == good.address()) of_good.push_back(std::move(type));
    }
    CHECK(!pipeline.execute().ok());
    REQUIRE(!of_good.empty());
    for (const auto& type : of_good) {
      REQUIRE(type.result().has_value());
      CHECK(*type.result() == "fine");
    }
  }
}

TEST_CASE("an MGET that is answered with fewer values than keys is refused, in every form") {
  const FakeServer server(always({.bytes = "*1\r\n$1\r\nx\r\n"}));
  Client client = client_of(server);
  CHECK(code_of(client.mget({"a", "b"})) == Code::protocol_error);
  CHECK(code_of(wait_for(client.async().mget({"a", "b"}))) == Code::protocol_error);
  Pipeline pipeline = client.pipeline();
  const auto values = pipeline.mget({"a", "b"});
  CHECK(pipeline.execute().code() == Code::protocol_error);
  CHECK(code_of(values.result()) == Code::protocol_error);
  CHECK(client.mget({"a"}).has_value());
}
