#include <cachekit/cachekit.h>
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <thread>

#include "tests/integration/run_program.h"
#include "tests/integration/temporary_folder.h"
#include "tests/support/text.h"

namespace cachekit::test {
namespace {

namespace fs = std::filesystem;

LocalCluster start(LocalClusterOptions options) {
  auto cluster = LocalCluster::start(std::move(options));
  if (!cluster) FAIL(cluster.error().text());
  return *std::move(cluster);
}

LocalCluster start_shards(std::size_t shards) {
  LocalClusterOptions options;
  options.shards = shards;
  return start(std::move(options));
}

bool answers(const LocalCluster& cluster, const LocalNode& node) {
  auto client = Client::connect(cluster.url());
  return client && client->command_on(node.address, {"PING"}).has_value();
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A process that has ended and that nobody has asked about yet, Z, does not run. In a container the
// one who should ask may be slow.
bool runs(int pid) {
  const std::string stat = text_of("/proc/" + std::to_string(pid) + "/stat");
  return !stat.empty() && !contains(stat, ") Z ");
}

fs::path folder_of(const LocalCluster& cluster) {
  return fs::path(cluster.url().substr(std::string_view("file://").size())).parent_path();
}

std::string port_of(const std::string& address) { return address.substr(address.rfind(':') + 1); }

// For a process that is no child of ours; the bound is far beyond what it needs.
bool ends_soon(int pid) {
  for (int tries = 0; tries < 2000; ++tries) {
    if (!runs(pid)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST_CASE("every shard has a node that answers, and the topology names them") {
  const LocalCluster cluster = start_shards(3);
  const auto nodes = cluster.nodes();
  REQUIRE(nodes.size() == 3);
  for (const LocalNode& node : nodes) CHECK(answers(cluster, node));

  const auto topology = parse_topology(text_of(folder_of(cluster) / "topology.json"));
  REQUIRE(topology);
  REQUIRE(topology->shards.size() == 3);
  CHECK(topology->shards[1].name == nodes[1].shard);
  CHECK(topology->shards[1].primary == nodes[1].address);
}

TEST_CASE("when the cluster goes, its nodes and its folder go") {
  std::optional<LocalCluster> cluster = start_shards(2);
  const auto nodes = cluster->nodes();
  const fs::path folder = folder_of(*cluster);
  CHECK(fs::exists(folder));
  cluster.reset();
  for (const LocalNode& node : nodes) CHECK_FALSE(runs(node.pid));
  CHECK_FALSE(fs::exists(folder));
}

TEST_CASE("stop is clean, and may be repeated") {
  LocalCluster cluster = start_shards(2);
  CHECK(cluster.stop().ok());
  CHECK(cluster.stop().ok());
  CHECK(cluster.nodes()[0].pid == 0);
}

TEST_CASE("a stopped node starts again at its address, and is empty") {
  LocalCluster cluster = start_shards(1);
  auto client = Client::connect(cluster.url());
  REQUIRE(client);
  REQUIRE(client->set("key", "value"));
  const std::string address = cluster.nodes()[0].address;

  CHECK(cluster.stop_node(0).ok());
  CHECK(cluster.nodes()[0].pid == 0);
  CHECK(cluster.nodes()[0].address == address);
  REQUIRE(cluster.start_node(0).ok());
  CHECK(cluster.nodes()[0].address == address);
  const auto value = client->get("key");
  REQUIRE(value);
  CHECK_FALSE(value->has_value());
}

TEST_CASE("a killed node is gone at once, and the others go on") {
  LocalCluster cluster = start_shards(2);
  const int pid = cluster.nodes()[0].pid;
  CHECK(cluster.kill_node(0).ok());
  CHECK_FALSE(runs(pid));
  CHECK(cluster.nodes()[0].pid == 0);
  CHECK(answers(cluster, cluster.nodes()[1]));
}

TEST_CASE("a node that ends by itself is seen, and stop says so") {
  LocalCluster cluster = start_shards(1);
  ::kill(cluster.nodes()[0].pid, SIGKILL);
  while (cluster.nodes()[0].pid != 0) std::this_thread::yield();
  const Status stopped = cluster.stop();
  CHECK(stopped.code() == Code::unavailable);
  CHECK(contains(stopped.message(), "was killed by signal 9"));
}

TEST_CASE("a node listens where its options say, and the topology may list another address") {
  const std::string port = port_of(start_shards(1).nodes()[0].address);
  LocalClusterOptions options;
  options.shards = 1;
  options.each = {{.address = "127.77.0.1:" + port,
                   .listed_address = "127.77.0.2:" + port,
                   .launcher = {"/usr/bin/env"}}};
  LocalCluster cluster = start(std::move(options));
  CHECK(cluster.nodes()[0].address == "127.77.0.2:" + port);
  CHECK_FALSE(answers(cluster, cluster.nodes()[0]));
  const auto pings = [&] {
    auto client = Client::connect("cachekit://127.77.0.1:" + port);
    return client && client->command_on("127.77.0.1:" + port, {"PING"}).has_value();
  };
  CHECK(pings());
  REQUIRE(cluster.stop_node(0).ok());
  REQUIRE(cluster.start_node(0).ok());
  CHECK(pings());
}

TEST_CASE("options for each node are for all, and not for a detached cluster") {
  LocalClusterOptions options;
  options.shards = 2;
  options.each = {{}};
  CHECK(LocalCluster::start(options).error().code() == Code::invalid_argument);
  options.each = {{}, {}};
  options.detached = true;
  CHECK(LocalCluster::start(options).error().code() == Code::invalid_argument);
}

TEST_CASE("without an agent nobody puts a cluster with replicas in place") {
  LocalClusterOptions options;
  options.shards = 1;
  options.replicas = 1;
  options.with_agent = false;
  const LocalCluster cluster = start(std::move(options));
  auto client = Client::connect(cluster.url());
  REQUIRE(client);
  const auto role = client->command_on(cluster.nodes()[0].address, {"CACHEKIT.MANDATE"});
  REQUIRE(role);
  const auto* const line = role->get_if<Value::SimpleString>();
  REQUIRE(line != nullptr);
  CHECK(line->text == "none 0");
}

TEST_CASE("what cannot be done to a node is refused") {
  LocalCluster cluster = start_shards(1);
  CHECK(cluster.stop_node(1).code() == Code::invalid_argument);
  CHECK(cluster.start_node(0).code() == Code::invalid_argument);
  REQUIRE(cluster.stop_node(0).ok());
  CHECK(cluster.stop_node(0).code() == Code::invalid_argument);
  CHECK(cluster.kill_node(0).code() == Code::invalid_argument);
}

TEST_CASE("nodes outlive the thread that started them") {
  std::optional<LocalCluster> cluster;
  std::string thread_entry;
  std::thread([&] {
    cluster = start_shards(1);
    thread_entry = "/proc/self/task/" + std::to_string(gettid());
  }).join();
  // Once the kernel has forgotten the thread, it has sent what its end sends. A node that was told
  // to stop may answer what it is just reading, but no connection after that.
  while (fs::exists(thread_entry)) std::this_thread::yield();
  for (int connection = 0; connection < 3; ++connection) {
    CHECK(answers(*cluster, cluster->nodes()[0]));
  }
}

TEST_CASE("nodes die with the process that started them, however it dies") {
  const TemporaryFolder folder;  // A killed process removes no folder of its own.
  LocalClusterOptions options;
  options.shards = 1;
  options.folder = folder.path();
  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const LocalCluster cluster = start(options);
    const int pid = cluster.nodes()[0].pid;
    if (::write(pipe_ends[1], &pid, sizeof pid) != sizeof pid) ::_exit(1);
    ::pause();
  }
  int node = 0;
  REQUIRE(::read(pipe_ends[0], &node, sizeof node) == sizeof node);
  CHECK(runs(node));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(ends_soon(node));
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

TEST_CASE("a detached cluster outlives its object and is found, restarted and stopped again") {
  const TemporaryFolder folder;
  LocalClusterOptions options;
  options.shards = 2;
  options.folder = folder.path();
  options.detached = true;
  std::optional<LocalCluster> cluster = start(options);
  const auto nodes = cluster->nodes();
  cluster.reset();
  CHECK(runs(nodes[0].pid));

  auto found = LocalCluster::attach(folder.path());
  REQUIRE(found);
  CHECK(found->nodes()[1].pid == nodes[1].pid);
  CHECK(found->nodes()[1].address == nodes[1].address);
  CHECK(found->stop_node(0).ok());
  CHECK(found->start_node(0).ok());
  CHECK(answers(*found, found->nodes()[0]));

  auto again = LocalCluster::attach(folder.path());
  REQUIRE(again);
  CHECK(again->nodes()[0].pid == found->nodes()[0].pid);
  CHECK(again->stop().ok());
  CHECK(ends_soon(nodes[1].pid));
  CHECK_FALSE(fs::exists(folder.path() / "topology.json"));
  CHECK_FALSE(LocalCluster::attach(folder.path()));
}

TEST_CASE("a folder holds one running cluster at a time") {
  const TemporaryFolder folder;
  LocalClusterOptions options;
  options.shards = 1;
  options.folder = folder.path();
  std::optional<LocalCluster> first = start(options);
  const auto refused = LocalCluster::start(options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Code::invalid_argument);
  CHECK(answers(*first, first->nodes()[0]));

  CHECK(first->stop().ok());
  CHECK(first->start_node(0).code() == Code::invalid_argument);
  const LocalCluster second = start(options);
  first.reset();
  CHECK(answers(second, second.nodes()[0]));
}

TEST_CASE("down never stops a foreign process that got the pid of a node") {
  const TemporaryFolder folder;
  LocalClusterOptions options;
  options.shards = 1;
  options.folder = folder.path();
  options.detached = true;
  std::optional<LocalCluster> cluster = start(options);
  REQUIRE(cluster->stop_node(0).ok());
  cluster.reset();

  // The record now claims that this very test is the node, with another start time.
  std::string record = text_of(folder.path() / "cluster.json");
  const std::string stopped = "\"pid\": 0";
  const std::size_t place = record.find(stopped);
  REQUIRE(place != std::string::npos);
  record.replace(place, stopped.size(), "\"pid\": " + std::to_string(::getpid()));
  std::ofstream(folder.path() / "cluster.json") << record;

  auto found = LocalCluster::attach(folder.path());
  REQUIRE(found);
  CHECK(found->nodes()[0].pid == 0);
  CHECK(found->stop().ok());
}

TEST_CASE("a node that refuses its flags is an error with the end of its log") {
  LocalClusterOptions options;
  options.shards = 2;
  options.node_flags = {"--no-such-flag"};
  const auto cluster = LocalCluster::start(options);
  REQUIRE_FALSE(cluster);
  CHECK(cluster.error().code() == Code::unavailable);
  CHECK(contains(cluster.error().message(), "no-such-flag"));
}

TEST_CASE("a missing program and a senseless number of shards are refused") {
  LocalClusterOptions options;
  options.node_program = "/no/such/node";
  CHECK(contains(LocalCluster::start(options).error().message(), "/no/such/node"));
  options.node_program.clear();
  options.shards = 0;
  CHECK(LocalCluster::start(options).error().code() == Code::invalid_argument);
  options.shards = 65;
  CHECK(LocalCluster::start(options).error().code() == Code::invalid_argument);
}

}  // namespace
}  // namespace cachekit::test
