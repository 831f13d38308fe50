// Clusters, clients, agents and tools whose topology is in etcd, with etcd and without it.

#include "tests/support/etcd_cluster.h"

#include <cachekit/administration.h>
#include <cachekit/client.h>
#include <cachekit/local_cluster.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/becomes_true.h"
#include "tests/integration/run_program.h"
#include "tests/integration/temporary_folder.h"
#include "tests/support/text.h"

namespace cachekit::test {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

// What a client has told, from any thread.
class Log {
 public:
  ClientOptions options() {
    ClientOptions options;
    options.log = [this](LogLevel, std::string_view sentence) {
      const std::lock_guard lock(mutex_);
      sentences_.emplace_back(sentence);
    };
    return options;
  }

  std::size_t count(std::string_view part) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count_if(
        sentences_, [&](const std::string& sentence) { return contains(sentence, part); }));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> sentences_;
};

// One shard of two nodes in this process's care, and a client of it.
class Cluster {
 public:
  explicit Cluster(const std::string& url) {
    auto started = LocalCluster::start({.shards = 1, .replicas = 1, .topology = url});
    REQUIRE_MESSAGE(started, started.error().message());
    nodes_.emplace(*std::move(started));
    auto connected = Client::connect(nodes_->url(), log.options());
    REQUIRE_MESSAGE(connected, connected.error().message());
    client_.emplace(*std::move(connected));
  }

  Client& client() { return *client_; }
  LocalCluster& nodes() { return *nodes_; }
  Shard shard() { return client_->topology().shards.at(0); }

  std::size_t index_of_primary() {
    const auto nodes = nodes_->nodes();
    const auto primary = std::ranges::find(nodes, shard().primary, &LocalNode::address);
    return static_cast<std::size_t>(primary - nodes.begin());
  }

  // Whether another leads after a primary was killed, and takes writes.
  bool fails_over() {
    const std::string before = shard().primary;
    killed_ = index_of_primary();
    REQUIRE(nodes_->kill_node(killed_).ok());
    return becomes_true([&] { return shard().primary != before && client_->set("k", "v"); });
  }

  // The node that was killed is a replica again.
  bool heals() {
    REQUIRE(nodes_->start_node(killed_).ok());
    return becomes_true([&] { return shard().replicas.size() == 1 && shard().absent.empty(); });
  }

  // Reads and writes for so long; what the calls that failed have said.
  std::string failures_within(std::chrono::milliseconds time) {
    std::string failures;
    int i = 0;
    for (const auto end = steady_clock::now() + time; steady_clock::now() < end; ++i) {
      const std::string key = fmt::format("key:{}", i % 100);
      const auto written = client_->set(key, key);
      if (!written) failures += "set: " + written.error().text() + "\n";
      const auto read = client_->get(key);
      if (written && read != key)
        failures += "get: " + (read ? "lost" : read.error().text()) + "\n";
    }
    return failures;
  }

  Log log;

 private:
  std::optional<LocalCluster> nodes_;
  std::optional<Client> client_;
  std::size_t killed_ = 0;
};

TEST_CASE("a cluster goes on without etcd, and fails over before and after" *
          doctest::skip(!etcd_is_installed())) {
  EtcdCluster etcd(1);
  Cluster cluster(etcd.url("shop"));
  CHECK(cluster.nodes().url() == etcd.url("shop"));
  CHECK(cluster.fails_over());
  CHECK(cluster.heals());

  const Topology before = cluster.client().topology();
  etcd.kill(0);
  // Longer than two looks at the topology.
  CHECK(cluster.failures_within(2500ms) == "");
  CHECK(cluster.client().topology() == before);
  CHECK(cluster.log.count("no member of etcd has answered") == 1);
  const auto late = Client::connect(etcd.url("shop"));
  REQUIRE_FALSE(late);
  CHECK(late.error().code() == Code::unavailable);

  etcd.start(0);
  etcd.await_leader();
  CHECK(cluster.fails_over());
  CHECK(cluster.nodes().agent_counters().promotions == 2);

  // Whoever ends while etcd hangs is not held up for long.
  auto other = Client::connect(etcd.url("shop"));
  REQUIRE(other);
  etcd.freeze(0);
  CHECK(cluster.failures_within(1200ms) == "");
  const auto began = steady_clock::now();
  std::optional<Client> ending = *std::move(other);
  ending.reset();
  CHECK(cluster.nodes().stop().ok());
  CHECK(steady_clock::now() - began < 5s);
}

TEST_CASE("a topology that makes no sense, or is older, is not taken" *
          doctest::skip(!etcd_is_installed())) {
  EtcdCluster etcd(1);
  Cluster cluster(etcd.url("shop"));
  const auto agreed = change_topology(etcd.url("shop"), [](const Topology& same) { return same; });
  REQUIRE(agreed);
  CHECK(becomes_true([&] { return cluster.client().topology().version >= agreed->version; }));
  const Topology before = cluster.client().topology();
  etcd.ctl("put cachekit/shop/topology garbage");
  CHECK(becomes_true([&] { return cluster.log.count("the topology document: no JSON") == 1; }));
  CHECK(cluster.failures_within(100ms) == "");

  TemporaryFolder folder;
  const auto put = [&](const Topology& topology) {
    std::ofstream(folder.path() / "topology") << to_json(topology);
    etcd.ctl("put cachekit/shop/topology < " + (folder.path() / "topology").string());
  };
  put({.version = before.version - 1, .shards = {{.name = "s1", .primary = "127.0.0.1:1"}}});
  CHECK(becomes_true([&] { return cluster.log.count("goes on with the topology it has") == 2; }));
  CHECK(cluster.failures_within(100ms) == "");
  CHECK(cluster.client().topology() == before);
  put(before);
  CHECK(cluster.fails_over());
}

TEST_CASE("the tools take a URL in etcd" * doctest::skip(!etcd_is_installed())) {
  EtcdCluster etcd(1);
  TemporaryFolder folder;
  ::setenv("XDG_RUNTIME_DIR", folder.path().c_str(), 1);
  const std::string url = etcd.url("tools", "ops:hunter2");
  const ProgramRun up = run_program("cachekit-ctl up --shards 1 --replicas 1 --topology " + url);
  INFO(up.output);
  REQUIRE(up.exit_code == 0);
  CHECK(contains(up.output, etcd.url("tools")));
  CHECK_FALSE(contains(up.output, "hunter2"));

  CHECK(run_program("cachekit-ctl status").exit_code == 0);
  const ProgramRun status = run_program("cachekit-ctl status --url " + url);
  CHECK(status.exit_code == 0);
  CHECK(contains(status.output, " held "));
  const auto primary = [&] { return read_topology(url)->shards.at(0).primary; };
  const std::string before = primary();
  CHECK(run_program("cachekit-ctl failover s1 --url " + url).exit_code == 0);
  CHECK(primary() != before);
  const ProgramRun bench = run_program(
      "cachekit-bench --allow-debug --keys 100 --requests 500 --threads 2 --timeout 10 --url " +
      url);
  INFO(bench.output);
  CHECK(bench.exit_code == 0);

  CHECK(run_program("cachekit-ctl down").exit_code == 0);
  const ProgramRun again = run_program("cachekit-ctl up --shards 1 --topology " + url);
  CHECK(again.exit_code == 1);
  CHECK(contains(again.output, "something is there already"));
}

TEST_CASE("create puts a document into etcd once" * doctest::skip(!etcd_is_installed())) {
  EtcdCluster etcd(1);
  TemporaryFolder folder;
  const std::string file = folder.path() / "topology.json";
  const std::string words = "cachekit-ctl create " + etcd.url("new") + " " + file;
  CHECK(contains(run_program(words).output, "cannot read " + file));
  std::ofstream(file) << "{}";
  CHECK(contains(run_program(words).output, file + ": the topology document"));
  const Topology topology{.version = 3, .shards = {{.name = "a", .primary = "127.0.0.1:1"}}};
  std::ofstream(file) << to_json(topology);
  CHECK(run_program("cachekit-ctl where k --url " + etcd.url("new")).exit_code == 1);
  CHECK(run_program(words).output == "the topology is there, version 3: 1 shard\n");
  CHECK(read_topology(etcd.url("new")) == topology);
  CHECK(run_program("cachekit-ctl where k --url " + etcd.url("new")).output == "a 127.0.0.1:1\n");
  const ProgramRun again = run_program(words);
  CHECK(again.exit_code == 1);
  CHECK(contains(again.output, "something is there already"));
}

}  // namespace
}  // namespace cachekit::test
