// Nodes that hang or are slow, and what becomes of the calls that do not depend on them.

#include <cachekit/client.h>
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "client/io/node.h"
#include "client/io/socket_engine.h"
#include "tests/integration/async_calls.h"
#include "tests/integration/client_cluster.h"
#include "tests/integration/fake_server.h"
#include "tests/integration/topology_file.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

/// A server of GETs that says whether it is there.
FakeServer::Reply value(const FakeServer::Words& words) {
  return {.bytes = words[0] == "GET" ? "$1\r\n1\r\n" : "+OK\r\n"};
}

}  // namespace

TEST_CASE("a shard that hangs delays no retry on another") {
  std::atomic<Clock::time_point> answered{Clock::time_point()};
  std::atomic<int> refused{0};
  const FakeServer silent(silence);
  const FakeServer busy([&](const FakeServer::Words& words) {
    if (words[0] != "GET") return FakeServer::Reply{.bytes = "+OK\r\n"};
    if (refused.fetch_add(1) < 3) return FakeServer::Reply{.bytes = "-LOADING for a moment\r\n"};
    answered.store(Clock::now());
    return value(words);
  });
  Client client = connected("silent=" + silent.address() + ",busy=" + busy.address(),
                            {.total_timeout = 900ms, .read_timeout = 800ms});
  // So that there is a connection that jobs share.
  SUBCASE("on fresh connections") {}
  SUBCASE("on shared connections") { (void)client.get(key_on(client, 1, "other")); }
  auto pipeline = client.pipeline();
  const auto hangs = pipeline.get(key_on(client, 0, "k"));
  const auto retried = pipeline.get(key_on(client, 1, "k"));
  const auto start = Clock::now();
  CHECK_FALSE(pipeline.execute().ok());
  CHECK_FALSE(hangs.result().has_value());
  REQUIRE(retried.result().has_value());
  CHECK(Clock::now() - start >= 700ms);
  CHECK(answered.load() - start < 400ms);  // three pauses of at most 35 ms in all
}

namespace {

/// A primary and a replica that take their time once they are told to.
struct SlowShard {
  SlowShard(std::chrono::milliseconds takes, std::chrono::milliseconds replica_takes)
      : primary(slow(takes)), replica(slow(replica_takes)) {}

  FakeServer::Handler slow(std::chrono::milliseconds takes) {
    return [this, takes](const FakeServer::Words& words) {
      if (words[0] == "GET" && is_slow.load()) std::this_thread::sleep_for(takes);
      return value(words);
    };
  }

  Client connect() const {
    auto client = Client::connect(file.url(), {.read_attempt_timeout = 400ms, .hedge_share = 1});
    REQUIRE_MESSAGE(client.has_value(), client.error().text());
    for (int i = 0; i < 50; ++i) REQUIRE(client->get("k").has_value());
    return *std::move(client);
  }

  std::atomic<bool> is_slow{false};
  FakeServer primary;
  FakeServer replica;
  TopologyFile file{Topology{
      .version = 1,
      .shards = {{.name = "s", .primary = primary.address(), .replicas = {replica.address()}}}}};
};

}  // namespace

TEST_CASE("a read that its node is slow to answer is answered by another") {
  SlowShard shard(20ms, 0ms);
  Client client = shard.connect();
  const int before = shard.replica.handled();
  shard.is_slow.store(true);
  SUBCASE("for a thread that waits") { CHECK(**client.get("k") == "1"); }
  SUBCASE("for a callback") { CHECK(**wait_for(client.async().get("k")) == "1"); }
  CHECK(shard.replica.handled() > before);
}

TEST_CASE("a read that was sent to a second node takes the first answer, whoever gives it") {
  SlowShard shard(8ms, 800ms);
  Client client = shard.connect();
  shard.is_slow.store(true);
  const int before = shard.replica.handled();
  const auto start = Clock::now();
  SUBCASE("for a thread that waits") { CHECK(**client.get("k") == "1"); }
  SUBCASE("for a callback") { CHECK(**wait_for(client.async().get("k")) == "1"); }
  CHECK(Clock::now() - start < 700ms);
  CHECK(shard.replica.handled() > before);
}

TEST_CASE("writes that wait for a node end when another is the primary, whoever reads for them") {
  std::atomic<int> reads{0};
  std::atomic<int> writes{0};
  std::optional<FakeServer> old_primary([&](const FakeServer::Words& words) {
    if (words[0] == "GET") ++reads;
    if (words[0] == "SET") ++writes;
    return silence(words);
  });
  const FakeServer new_primary(value);
  Topology topology{.version = 1};
  topology.shards = {{.name = "s", .primary = old_primary->address()}};
  const TopologyFile file(topology);
  auto client =
      Client::connect(file.url(), {.total_timeout = 60s, .read_timeout = 60s, .max_attempts = 1});
  REQUIRE(client.has_value());
  constexpr int calls = 20;  // of each kind: more than have connections to themselves
  std::vector<std::thread> readers;
  for (int i = 0; i < calls; ++i) readers.emplace_back([&] { (void)client->get("k"); });
  CHECK(becomes_true([&] { return reads == calls; }));
  std::atomic<int> unknown{0};
  std::vector<std::thread> writers;
  for (int i = 0; i < calls; ++i) {
    writers.emplace_back([&] {
      const auto set = client->set("k", "v");
      if (!set && set.error().code() == Code::outcome_unknown) ++unknown;
    });
  }
  CHECK(becomes_true([&] { return writes == calls; }));
  topology.version = 2;
  topology.shards[0].primary = new_primary.address();
  file.publish(topology);
  const auto start = Clock::now();
  for (std::thread& writer : writers) writer.join();
  CHECK(Clock::now() - start < 20s);
  CHECK(unknown == calls);
  old_primary.reset();
  for (std::thread& reader : readers) reader.join();
  CHECK(client->set("k", "v").has_value());
}

TEST_CASE("a job whose time is over is not sent, whatever connection it would take") {
  const FakeServer server(value);
  io::SocketEngine engine({.greeting = {}, .limits = {}}, nullptr);
  const auto node =
      std::make_shared<io::Node>(server.address(), *topology::parse_node_address(server.address()),
                                 io::ConnectionLimits{.alone = 2});
  SUBCASE("the only call") {}
  SUBCASE("one of several") { node->callers() = 1; }
  const Request request{"INCR", "n"};
  const auto ask = [&](io::Time deadline) {
    io::Job job;
    job.node = node.get();
    job.shares = true;
    job.calls.push_back({.request = &request, .answer = {}});
    engine.exchange(job, deadline);
    return job.calls.front().answer;
  };
  CHECK(ask(io::Clock::now() + 20s).kind == io::Answer::Kind::replied);
  const io::Answer late = ask(io::Clock::now() - 1ms);
  CHECK(late.kind == io::Answer::Kind::not_sent);
  CHECK(late.failure.code() == Code::deadline_exceeded);
  CHECK(ask(io::Clock::now() + 20s).kind == io::Answer::Kind::replied);
  CHECK(server.handled() == 2);
}
