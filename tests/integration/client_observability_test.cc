// What a client tells of itself, over real nodes: numbers, spans and hot keys, of blocking,
// asynchronous and pipelined calls alike.

#include <cachekit/cachekit.h>
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/async_calls.h"
#include "tests/integration/becomes_true.h"

namespace cachekit::test {
namespace {

using namespace std::chrono_literals;

LocalCluster start(LocalClusterOptions options) {
  auto cluster = LocalCluster::start(std::move(options));
  REQUIRE_MESSAGE(cluster, cluster.error().message());
  return *std::move(cluster);
}

Client connect(const LocalCluster& cluster, ClientOptions options = {}) {
  auto client = Client::connect(cluster.url(), std::move(options));
  REQUIRE_MESSAGE(client, client.error().message());
  return *std::move(client);
}

std::uint64_t replies_of(const ClientStats& stats) {
  std::uint64_t replies = 0;
  for (const NodeStats& node : stats.nodes) replies += node.replies;
  return replies;
}

// Spans by command, from any thread.
class Spans {
 public:
  std::function<void(const Span&)> hook() {
    return [this](const Span& span) {
      const std::lock_guard lock(mutex_);
      commands_.emplace_back(span.command);
      near_ += span.near_cache ? 1 : 0;
      attempts_ += span.attempts.size();
      threads_[std::string(span.command)] = std::this_thread::get_id();
    };
  }
  std::size_t count(const std::string& command) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count(commands_, command));
  }
  std::thread::id thread_of(const std::string& command) {
    const std::lock_guard lock(mutex_);
    return threads_[command];
  }
  std::size_t near() {
    const std::lock_guard lock(mutex_);
    return near_;
  }
  std::size_t attempts() {
    const std::lock_guard lock(mutex_);
    return attempts_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> commands_;
  std::map<std::string, std::thread::id> threads_;
  std::size_t near_ = 0;
  std::size_t attempts_ = 0;
};

TEST_CASE("blocking, asynchronous and pipelined calls are counted and told, each once") {
  const LocalCluster cluster = start({.shards = 2});
  Spans spans;
  Client client = connect(cluster, {.tracing = {.on_span = spans.hook()}});
  CHECK(client.set("a", "1"));
  CHECK(client.get("a"));
  CHECK(wait_for(client.async().incr("n")));
  auto pipeline = client.pipeline();
  pipeline.strlen("a");
  pipeline.strlen("b");
  CHECK(pipeline.execute().ok());
  CHECK_FALSE(client.lpush("a", {"1"}));  // of the wrong type

  const ClientStats stats = client.stats();
  CHECK(stats.calls_with(Code::ok) == 5);
  CHECK(stats.calls_with(Code::wrong_type) == 1);
  CHECK(stats.call_latency.read.count() == 3);
  CHECK(stats.call_latency.write.count() == 3);
  CHECK(replies_of(stats) == 6);
  CHECK(stats.topology_version == client.topology_version());
  for (const NodeStats& node : stats.nodes) {
    CHECK(node.role == NodeRole::primary);
    CHECK(node.breaker == BreakerState::closed);
    CHECK(node.connections_opened > 0);
  }

  CHECK(spans.count("SET") == 1);
  CHECK(spans.count("GET") == 1);
  CHECK(spans.count("STRLEN") == 2);
  CHECK(spans.count("INCRBY") + spans.count("INCR") == 1);
  CHECK(spans.thread_of("GET") == std::this_thread::get_id());
  CHECK(spans.attempts() == 6);
}

TEST_CASE("a span is told before its callback is, by the same thread") {
  const LocalCluster cluster = start({.shards = 1});
  Spans spans;
  Client client = connect(cluster, {.tracing = {.on_span = spans.hook()}});
  std::promise<bool> told;
  client.async().get("k").start([&](const auto&) {
    told.set_value(spans.count("GET") == 1 && spans.thread_of("GET") == std::this_thread::get_id());
  });
  CHECK(told.get_future().get());
  CHECK(becomes_true([&] { return client.stats().async_under_way == 0; }));
}

TEST_CASE("asynchronous operations that are refused at once are counted, too") {
  const LocalCluster cluster = start({.shards = 1});
  Client client = connect(cluster);
  std::stop_source stop;
  stop.request_stop();
  CHECK_FALSE(wait_for(client.async().get("k").stop_with(stop.get_token())));
  CHECK(client.stats().calls_with(Code::cancelled) == 1);
}

TEST_CASE("a node that is down is told by its errors, and its breaker opens") {
  LocalCluster cluster = start({.shards = 1});
  Client client = connect(cluster, {.total_timeout = 300ms});
  REQUIRE(cluster.kill_node(0).ok());
  CHECK(becomes_true([&] {
    CHECK_FALSE(client.get("k"));
    return client.stats().nodes[0].breaker == BreakerState::open;
  }));
  const ClientStats stats = client.stats();
  CHECK(stats.nodes[0].errors.not_sent + stats.nodes[0].errors.unanswered > 0);
  CHECK(stats.nodes[0].connections_failed > 0);
  CHECK(stats.nodes[0].breaker_opened == 1);
  CHECK(stats.calls_with(Code::ok) == 0);
}

TEST_CASE("what the near-cache answers is told as such, and counted there alone") {
  const LocalCluster cluster = start({.shards = 1});
  Spans spans;
  Client client = connect(cluster, {.near_cache = {.bytes = 1 << 20},
                                    .hot_keys = {.keys = 4},
                                    .tracing = {.on_span = spans.hook()}});
  REQUIRE(client.set("k", "v"));
  CHECK(becomes_true([&] { return client.get("k") && spans.near() > 0; }));
  for (int i = 0; i < 1000; ++i) CHECK(client.get("k"));
  const ClientStats stats = client.stats();
  CHECK(stats.near_cache.hits == spans.near());
  CHECK(stats.call_latency.read.count() + spans.near() == spans.count("GET"));
  CHECK(stats.nodes[0].latency.read.count() == stats.call_latency.read.count());
  REQUIRE_FALSE(client.hot_keys().empty());
  CHECK(client.hot_keys()[0].key == "k");
}

TEST_CASE("hooks that throw break no call, on no engine") {
  const LocalCluster cluster = start({.shards = 1});
  Client client = connect(
      cluster, {.tracing = {.on_span = [](const Span&) { throw std::runtime_error("broken"); }}});
  CHECK(client.set("k", "v"));
  CHECK(wait_for(client.async().get("k")));
  CHECK(client.stats().hook_failures == 2);
}

TEST_CASE("a client that is destroyed tells of what it ends") {
  const LocalCluster cluster = start({.shards = 1});
  Spans spans;
  std::atomic<int> told{0};
  {
    Client client = connect(cluster, {.tracing = {.on_span = spans.hook()}});
    for (int i = 0; i < 100; ++i) client.async().get("k").start([&](const auto&) { ++told; });
  }
  CHECK(told == 100);
  CHECK(spans.count("GET") == 100);
}

TEST_CASE("in a forked child there are no numbers, and nobody waits for a lock") {
  const LocalCluster cluster = start({.shards = 1});
  Client client = connect(cluster);
  CHECK(client.set("k", "v"));
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const bool empty = client.stats().nodes.empty() && client.hot_keys().empty();
    _exit(empty ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("numbers can be asked for while many threads make calls") {
  const LocalCluster cluster = start({.shards = 2});
  Client client = connect(cluster, {.near_cache = {.bytes = 1 << 20}});
  constexpr int threads = 4;
  constexpr int calls = 300;
  std::vector<std::thread> all;
  for (int thread = 0; thread < threads; ++thread) {
    all.emplace_back([&] {
      for (int i = 0; i < calls; ++i) {
        if (!client.set("k" + std::to_string(i % 10), "v")) return;
      }
    });
  }
  std::size_t bytes = 0;
  for (int i = 0; i < 50; ++i) bytes += prometheus_text(client.stats()).size();
  for (std::thread& thread : all) thread.join();
  CHECK(bytes > 0);
  const ClientStats stats = client.stats();
  CHECK(stats.calls_with(Code::ok) == threads * calls);
  CHECK(stats.call_latency.write.count() == threads * calls);
}

TEST_CASE("reads of a hot key reach every node of the shard, cold ones the primary alone") {
  const LocalCluster cluster = start({.shards = 1, .replicas = 2});
  Client filling = connect(cluster, {.write_replicas = 2, .write_replicas_timeout = 400ms});
  const auto cold = [](int i) { return "cold" + std::to_string(i); };
  REQUIRE(becomes_true([&] { return filling.set("hot", "v").has_value(); }));
  for (int i = 0; i < 50; ++i) {
    REQUIRE(becomes_true([&] { return filling.set(cold(i), "v").has_value(); }));
  }

  Client client =
      connect(cluster, {.hot_keys = {.spread_reads = true, .hot_reads_per_second = 100}});
  const auto replies_at = [&](NodeRole role) {
    std::vector<std::uint64_t> replies;
    for (const NodeStats& node : client.stats().nodes) {
      if (node.role == role) replies.push_back(node.replies);
    }
    return replies;
  };
  for (int i = 0; i < 50; ++i) CHECK(client.get(cold(i)));
  CHECK(replies_at(NodeRole::primary)[0] == 50);
  for (const std::uint64_t replies : replies_at(NodeRole::replica)) CHECK(replies == 0);

  CHECK(becomes_true([&] {
    for (int i = 0; i < 100; ++i) CHECK(*client.get("hot") == "v");
    return std::ranges::all_of(replies_at(NodeRole::replica), [](auto n) { return n > 0; });
  }));
  const auto before = replies_at(NodeRole::replica);
  for (int i = 0; i < 50; ++i) CHECK(client.get(cold(i)));
  CHECK(replies_at(NodeRole::replica) == before);
  CHECK(client.hot_keys()[0].key == "hot");
}

TEST_CASE("options that make no sense are refused") {
  const LocalCluster cluster = start({.shards = 1});
  const auto refused = [&](ClientOptions options) {
    const auto client = Client::connect(cluster.url(), std::move(options));
    return !client && client.error().code() == Code::invalid_argument;
  };
  CHECK(refused({.hot_keys = {.keys = 257}}));
  CHECK(refused({.hot_keys = {.keys = 0, .spread_reads = true}}));
  CHECK(refused({.hot_keys = {.half_life = 0ms}}));
  CHECK(refused({.hot_keys = {.hot_reads_per_second = 0}}));
  CHECK(refused({.tracing = {.slow_threshold = -1ms}}));
}

}  // namespace
}  // namespace cachekit::test
