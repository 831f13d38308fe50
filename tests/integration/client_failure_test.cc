// Servers that die, come back, or lose their connections.

#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <thread>

#include "tests/integration/client_cluster.h"
#include "tests/integration/topology_file.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

/// The client's messages.
class Log {
 public:
  std::function<void(LogLevel, std::string_view)> hook() {
    return [this](LogLevel, std::string_view message) {
      const std::lock_guard lock(mutex_);
      messages_.emplace_back(message);
    };
  }
  std::size_t count(std::string_view part) {
    const std::lock_guard lock(mutex_);
    std::size_t found = 0;
    for (const std::string& message : messages_) found += message.find(part) != message.npos;
    return found;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> messages_;
};

Topology one_replica(const std::string& primary, const std::string& replica) {
  Topology topology;
  topology.shards.push_back({.name = "s", .primary = primary, .replicas = {replica}});
  return topology;
}

}  // namespace

TEST_CASE("connect succeeds while all nodes are down, and calls say so") {
  auto client = Client::connect("cachekit://127.0.0.1:1,127.0.0.1:2");
  REQUIRE(client.has_value());
  const auto started = std::chrono::steady_clock::now();
  CHECK(code_of(client->get("k")) == Code::unavailable);
  CHECK(code_of(client->incr("k")) == Code::unavailable);
  CHECK(std::chrono::steady_clock::now() - started < 3s);
}

TEST_CASE_TEMPLATE("a dead shard fails alone and is used again when it is back", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(3);
  if (!cluster) return;
  Log log;
  Client client = cluster->client({.log = log.hook()});
  const std::string here = key_on(client, 0, "k");
  const std::string there = key_on(client, 1, "k");
  REQUIRE(client.set(here, "1").has_value());
  REQUIRE(client.set(there, "1").has_value());

  cluster->kill_server(1);
  CHECK(code_of(client.get(there)) == Code::unavailable);
  CHECK(code_of(client.set(there, "2")) == Code::unavailable);
  CHECK(**client.get(here) == "1");
  Pipeline pipeline = client.pipeline();
  const auto dead = pipeline.get(there);
  const auto alive = pipeline.get(here);
  CHECK(pipeline.execute().code() == Code::unavailable);
  CHECK(code_of(dead.result()) == Code::unavailable);
  CHECK(**alive.result() == "1");
  CHECK(log.count("lost a node") == 1);

  cluster->start_server(1);
  CHECK(client.set(there, "3").has_value());
  CHECK(**client.get(there) == "3");
}

TEST_CASE_TEMPLATE("a restart between two calls is not noticed", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  CHECK(*client.incr("n") == 1);
  cluster->kill_server(0);
  cluster->start_server(0);
  CHECK(*client.incr("n") == 1);
}

TEST_CASE_TEMPLATE("connections that break under pipelines never execute a change twice", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.total_timeout = 10s, .read_timeout = 5s});
  Client killer = cluster->client({.client_name = "killer"});
  REQUIRE(client.set("n", "0").has_value());

  std::atomic<bool> done{false};
  std::thread killing([&] {
    while (!done) {
      (void)killer.command_on(cluster->address(0), {"CLIENT", "KILL", "TYPE", "normal"});
      std::this_thread::sleep_for(3ms);
    }
  });
  std::int64_t certain = 0;
  std::int64_t unknown = 0;
  for (int round = 0; round < 60; ++round) {
    Pipeline pipeline = client.pipeline();
    std::vector<Pending<std::int64_t>> increments;
    std::vector<Pending<std::optional<std::string>>> reads;
    for (int i = 0; i < 500; ++i) {
      increments.push_back(pipeline.incr("n"));
      reads.push_back(pipeline.get("other" + std::to_string(i)));
    }
    (void)pipeline.execute();
    std::int64_t last = 0;
    for (const auto& pending : increments) {
      if (pending.result()) {
        CHECK(*pending.result() > last);
        last = *pending.result();
        ++certain;
      } else if (code_of(pending.result()) == Code::outcome_unknown) {
        ++unknown;
      } else {
        CHECK((code_of(pending.result()) == Code::unavailable));
      }
    }
    for (const auto& pending : reads) {
      CHECK((code_of(pending.result()) == Code::ok ||
             code_of(pending.result()) == Code::unavailable));
    }
  }
  done = true;
  killing.join();
  const std::int64_t counted = std::stoll(client.get("n").value().value());
  CHECK(counted >= certain);
  CHECK(counted <= certain + unknown);
}

TEST_CASE_TEMPLATE("a server killed under a pipeline leaves right codes", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.total_timeout = 60s, .read_timeout = 30s});
  Pipeline pipeline = client.pipeline();
  std::vector<Pending<std::int64_t>> increments;
  for (int i = 0; i < 50'000; ++i) increments.push_back(pipeline.incr("n"));
  std::thread killing([&] {
    std::this_thread::sleep_for(10ms);
    ::kill(cluster->server(0).pid(), SIGKILL);
  });
  (void)pipeline.execute();
  killing.join();

  // First the answered ones, in order; then those that were sent; then those that were not.
  std::size_t i = 0;
  const auto code = [&] { return code_of(increments[i].result()); };
  while (i < increments.size() && code() == Code::ok) {
    REQUIRE(*increments[i].result() == static_cast<std::int64_t>(i + 1));
    ++i;
  }
  while (i < increments.size() && code() == Code::outcome_unknown) ++i;
  while (i < increments.size() && code() == Code::unavailable) ++i;
  CHECK(i == increments.size());
}

TEST_CASE("reads fall back to the replica of the topology, writes do not") {
  const auto primary = TestCluster<RedisServers>::start(1, {"--repl-diskless-sync-delay", "0"});
  if (!primary) return;
  const std::string port = std::to_string(primary->server(0).endpoint().port);
  const auto replica = TestCluster<RedisServers>::start(1, {"--replicaof", "127.0.0.1", port});
  const TopologyFile file(one_replica(primary->address(0), replica->address(0)));
  auto client = Client::connect(file.url());
  REQUIRE(client.has_value());
  REQUIRE(client->set("k", "v").has_value());
  const auto replicated = [&] {
    const auto size = client->command_on(replica->address(0), {"DBSIZE"});
    return size && *size == Value(std::int64_t{1});
  };
  const auto give_up = std::chrono::steady_clock::now() + 20s;
  while (!replicated() && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  REQUIRE(replicated());

  primary->kill_server(0);
  CHECK(**client->get("k") == "v");
  CHECK(code_of(client->set("k", "w")) == Code::unavailable);
  Pipeline pipeline = client->pipeline();
  const auto read = pipeline.get("k");
  const auto write = pipeline.set("other", "x");
  (void)pipeline.execute();
  CHECK(**read.result() == "v");
  CHECK(code_of(write.result()) == Code::unavailable);
}

TEST_CASE("a write to a replica is retried, and in the end unavailable with the node's text") {
  const auto primary = TestCluster<RedisServers>::start(1, {"--repl-diskless-sync-delay", "0"});
  if (!primary) return;
  const std::string port = std::to_string(primary->server(0).endpoint().port);
  const auto replica = TestCluster<RedisServers>::start(1, {"--replicaof", "127.0.0.1", port});
  Client client = replica->client({.max_attempts = 3});
  const auto result = client.set("k", "v");
  CHECK(code_of(result) == Code::unavailable);
  CHECK(result.error().message().find("READONLY") != std::string::npos);
  REQUIRE(client.command_on(replica->address(0), {"REPLICAOF", "NO", "ONE"}).has_value());
  CHECK(client.set("k", "v").has_value());
}

TEST_CASE("what is wrong with a topology document names the file and the place") {
  const TemporaryFolder folder;
  const std::string path = folder.path().string() + "/t.json";
  const auto missing = Client::connect("file://" + path);
  CHECK(code_of(missing) == Code::topology_error);
  CHECK(missing.error().message().find(path) != std::string::npos);
  std::ofstream(path) << R"({"version": 1})";
  const auto broken = Client::connect("file://" + path);
  CHECK(code_of(broken) == Code::topology_error);
  CHECK(broken.error().message().find("ring") != std::string::npos);
}

TEST_CASE("options that make no sense are refused") {
  CHECK(code_of(Client::connect("cachekit://a:1", {.total_timeout = 0ms})) ==
        Code::invalid_argument);
  CHECK(code_of(Client::connect("cachekit://a:1", {.max_attempts = 0})) == Code::invalid_argument);
  CHECK(code_of(Client::connect("cachekit://a:1", {.connections_per_node = 0})) ==
        Code::invalid_argument);
  CHECK(code_of(Client::connect("cachekit://a:1", {.shared_connections = 0})) ==
        Code::invalid_argument);
  CHECK(code_of(Client::connect("cachekit://a:1", {.client_name = "two words"})) ==
        Code::invalid_argument);
  CHECK(code_of(Client::connect("cachekit://a:1", {.ring_points = 0})) == Code::topology_error);
}
