// Asynchronous calls while servers die, hang and talk nonsense, and clients go.

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <latch>
#include <optional>
#include <thread>
#include <vector>

#include "tests/integration/async_calls.h"
#include "tests/integration/client_cluster.h"
#include "tests/integration/fake_server.h"
#include "tests/integration/topology_file.h"
#include "tests/support/sanitizers.h"
#include "tests/support/seed.h"
#include "tests/support/tcp_proxy.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

template <class Tell>
Detached asks_twice(AsyncCommands async, const Tell& tell) {
  tell(co_await async.get("k"));
  tell(co_await async.get("k"));
}

}  // namespace

TEST_CASE_TEMPLATE("asynchronous calls outlive a server", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client = cluster->client();
  const std::string dying = key_on(client, 0, "k");
  const std::string living = key_on(client, 1, "k");
  CHECK(*wait_for(client.async().set(dying, "1")));
  CHECK(*wait_for(client.async().set(living, "1")));

  cluster->kill_server(0);
  CHECK(code_of(wait_for(client.async().get(dying))) == Code::unavailable);
  CHECK(wait_for(client.async().get(living)).has_value());
  CHECK(code_of(wait_for(client.async().del({dying, living}))) != Code::ok);

  cluster->start_server(0);
  CHECK(*wait_for(client.async().set(dying, "2")));
  CHECK(**wait_for(client.async().get(dying)) == "2");
}

TEST_CASE("a node that never answers costs its own calls their time, and no others theirs") {
  const FakeServer silent(silence);
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  Client client = connected("silent=" + silent.address() + ",good=" + cluster->tcp_address(0),
                            {.total_timeout = 300ms, .read_timeout = 100ms, .max_attempts = 1});
  const std::string hanging = key_on(client, 0, "k");
  const std::string fine = key_on(client, 1, "k");
  const auto started = std::chrono::steady_clock::now();
  std::latch hung(3);
  std::array<Code, 3> codes{};
  const auto tell = [&](std::size_t i) {
    return [&, i](auto result) {
      codes[i] = code_of(result);
      hung.count_down();
    };
  };
  client.async().get(hanging).start(tell(0));
  client.async().incr(hanging).start(tell(1));
  client.async().set(hanging, std::string(100000, 'x')).start(tell(2));
  CHECK(*wait_for(client.async().set(fine, "1")));
  CHECK(std::chrono::steady_clock::now() - started < 90ms);
  hung.wait();
  CHECK(codes == std::array{Code::deadline_exceeded, Code::outcome_unknown, Code::outcome_unknown});
  CHECK(std::chrono::steady_clock::now() - started < 1s);
}

TEST_CASE("late answers reach nobody, and the connection lives on") {
  std::atomic<std::uint64_t> count{seed()};
  const FakeServer server([&](const FakeServer::Words& words) {
    if (count++ % 50 == 0) std::this_thread::sleep_for(20ms);
    return FakeServer::Reply{.bytes = "+" + words[1] + "\r\n"};
  });
  Client client = connected(server.address(), {.total_timeout = 60ms, .read_timeout = 15ms});
  std::atomic<int> right{0};
  std::atomic<int> swapped{0};
  std::latch done(16);
  const auto ask = [&](int t) -> Detached {
    AsyncCommands async = client.async();
    for (int i = 0; i < 30; ++i) {
      const std::string key = std::to_string(t) + ":" + std::to_string(i);
      const auto reply = co_await async.type(key);
      if (reply) ++(*reply == key ? right : swapped);
    }
    done.count_down();
  };
  for (int t = 0; t < 16; ++t) ask(t);
  done.wait();
  CHECK(swapped == 0);
  CHECK(right > 0);
}

TEST_CASE("bytes that are no reply end the connection, not the client") {
  std::atomic<int> count{0};
  const FakeServer server([&](const FakeServer::Words&) {
    return FakeServer::Reply{.bytes = count++ % 2 == 0 ? "!garbage\r\n" : "+OK\r\n+OK\r\n"};
  });
  Client client = connected(server.address(), {.max_attempts = 1});
  CHECK(code_of(wait_for(client.async().get("k"))) == Code::protocol_error);
  CHECK(wait_for(client.async().type("k")).has_value());
  CHECK(code_of(wait_for(client.async().get("k"))) != Code::ok);
}

TEST_CASE("a cut link ends calls at their deadline, and new ones go on once it is healed") {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  TcpProxy proxy(cluster->tcp_address(0));
  Client client = connected(
      proxy.address(), {.total_timeout = 400ms, .connect_timeout = 100ms, .read_timeout = 100ms});
  CHECK(*wait_for(client.async().set("k", "1")));
  proxy.cut();
  CHECK(code_of(wait_for(client.async().set("k", "2"))) == Code::outcome_unknown);
  CHECK(code_of(wait_for(client.async().get("k"))) == Code::deadline_exceeded);
  proxy.heal();
  std::optional<std::string> value;
  for (int i = 0; i < 20 && !value; ++i) {
    value = wait_for(client.async().get("k")).value_or(std::nullopt);
  }
  CHECK(value.has_value());
}

TEST_CASE("a client that goes ends what is under way") {
  const FakeServer silent(silence);
  std::atomic<int> cancelled{0};
  std::atomic<int> unknown{0};
  const auto tell = [&](const auto& result) {
    cancelled += code_of(result) == Code::cancelled;
    unknown += code_of(result) == Code::outcome_unknown;
  };
  {
    Client client = connected(
        silent.address(), {.total_timeout = 20s, .read_timeout = 20s, .max_async_operations = 80});
    for (int i = 0; i < 50; ++i) asks_twice(client.async(), tell);
    for (int i = 0; i < 30; ++i) client.async().incr("k").start(tell);
    for (int i = 0; i < 20; ++i) asks_twice(client.async(), tell);  // which wait for room
    REQUIRE(silent.comes_to_handle(80));
  }
  CHECK(cancelled == 140);
  CHECK(unknown == 30);
}

TEST_CASE("a replica answers reads while the primary hangs") {
  const FakeServer silent(silence);
  const FakeServer replica(
      [](const FakeServer::Words&) { return FakeServer::Reply{.bytes = "$7\r\nreplica\r\n"}; });
  Topology topology;
  topology.shards.push_back(
      {.name = "s", .primary = silent.address(), .replicas = {replica.address()}});
  const TopologyFile file(topology);
  auto client = Client::connect(file.url(), {.read_attempt_timeout = 20ms});
  REQUIRE(client.has_value());
  const auto started = std::chrono::steady_clock::now();
  CHECK(**wait_for(client->async().get("k")) == "replica");
  CHECK(std::chrono::steady_clock::now() - started < 400ms);
}

TEST_CASE("writes that wait for a node are freed when another becomes the primary") {
  const FakeServer silent(silence);
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  Topology topology;
  topology.shards.push_back({.name = "s", .primary = silent.address(), .replicas = {}});
  const TopologyFile file(topology);
  auto client = Client::connect(file.url(), {.total_timeout = 20s, .read_timeout = 20s});
  REQUIRE(client.has_value());
  std::promise<Code> ended;
  client->async().incr("k").start([&](const auto& n) { ended.set_value(code_of(n)); });
  REQUIRE(silent.comes_to_handle(2));
  topology.version += 1;
  topology.shards[0].primary = cluster->tcp_address(0);
  file.publish(topology);
  CHECK(ended.get_future().get() == Code::outcome_unknown);
  CHECK(*wait_for(client->async().incr("k")) == 1);
}

// UBSan looks at objects through a pipe, for which there is no descriptor either.
TEST_CASE("a client that finds no descriptor for a loop says so, and tries again" *
          doctest::skip(sanitized)) {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  // libuv itself ends a process whose very first loop finds none.
  CHECK(*wait_for(cluster->client().async().set("k", "v")));
  Client client = cluster->client();
  rlimit usual{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &usual) == 0);
  rlimit few = usual;
  few.rlim_cur = 300;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
  std::vector<int> taken;
  for (int copy = dup(0); copy >= 0; copy = dup(0)) taken.push_back(copy);
  const auto refused = wait_for(client.async().get("k"));
  for (const int copy : taken) close(copy);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &usual) == 0);
  REQUIRE(code_of(refused) == Code::unavailable);
  CHECK(refused.error().message().find("cannot start a thread") != std::string::npos);
  CHECK(**wait_for(client.async().get("k")) == "v");
}
