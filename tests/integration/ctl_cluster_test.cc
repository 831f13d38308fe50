// cachekit-ctl on clusters with replicas, whose agent brings about what it changes.

#include <cachekit/client.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "tests/integration/becomes_true.h"
#include "tests/integration/run_program.h"
#include "tests/integration/temporary_folder.h"
#include "tests/support/server_process.h"
#include "tests/support/text.h"

namespace cachekit::test {
namespace {

constexpr int key_count = 100;

// A managed node that no cluster has started; killed at the end, for nobody would take over.
class Newcomer {
 public:
  ~Newcomer() { node_->kill(); }

  std::string address() const { return node_->endpoint().text(); }

 private:
  std::unique_ptr<ServerProcess> node_ = ServerProcess::start_node({"--managed"});
};

// One that `up` has started, with an agent.
class Cluster {
 public:
  explicit Cluster(const std::string& up_flags) {
    ::setenv("XDG_RUNTIME_DIR", folder_.path().c_str(), 1);
    const ProgramRun up = ctl("up " + up_flags);
    INFO(up.output);
    REQUIRE(up.exit_code == 0);
  }
  ~Cluster() { ctl("down"); }

  ProgramRun ctl(const std::string& words) { return run_program("cachekit-ctl " + words); }

  // For what must succeed; returns what it has printed.
  std::string done(const std::string& words) {
    const ProgramRun run = ctl(words);
    INFO(run.output);
    CHECK(run.exit_code == 0);
    return run.output;
  }

  // For what must not: the one line that it has printed.
  std::string refusal(const std::string& words) {
    const ProgramRun run = ctl(words);
    CHECK(run.exit_code == 1);
    CHECK(std::ranges::count(run.output, '\n') == 1);
    return run.output;
  }

  std::string url() const { return "file://" + document().string(); }

  Topology topology() const {
    std::ifstream file(document());
    const auto topology = parse_topology(std::string(std::istreambuf_iterator<char>(file), {}));
    REQUIRE(topology);
    return *topology;
  }
  Shard shard(std::size_t index) const { return topology().shards.at(index); }

  // What status shows of a node; empty if it is not there.
  std::string row_of(const std::string& address) {
    const std::string table = ctl("status").output;
    const std::size_t at = table.find("  " + address + " ");
    return at == std::string::npos ? "" : table.substr(at, table.find('\n', at) - at);
  }

  bool serves_as(const std::string& address, std::string_view role, std::string_view how) {
    const std::string row = row_of(address);
    return contains(row, role) && contains(row, how);
  }
  bool becomes_primary(const std::string& address) {
    return becomes_true([&] { return serves_as(address, "  primary ", "  held "); });
  }
  bool becomes_replica(const std::string& address) {
    return becomes_true([&] { return serves_as(address, "  replica ", " ms "); });
  }

 private:
  std::filesystem::path document() const { return folder_.path() / "cachekit/topology.json"; }

  TemporaryFolder folder_;
};

std::string key(int i) { return fmt::format("key:{}", i); }

Client client_of(const Cluster& cluster) {
  auto client = Client::connect(cluster.url());
  REQUIRE(client);
  return *std::move(client);
}

void write_keys(Client& client) {
  for (int i = 0; i < key_count; ++i) REQUIRE(client.set(key(i), key(i)));
}

int count_keys(Client& client) {
  int found = 0;
  for (int i = 0; i < key_count; ++i) {
    const auto value = client.get(key(i));
    if (value && *value == key(i)) ++found;
  }
  return found;
}

TEST_CASE("up and status tell primaries from replicas") {
  Cluster cluster("--shards 2 --replicas 1");
  for (const Shard& shard : cluster.topology().shards) {
    CHECK(cluster.becomes_primary(shard.primary));
    CHECK(cluster.becomes_replica(shard.replicas.at(0)));
  }
  const ProgramRun status = cluster.ctl("status");
  CHECK(status.exit_code == 0);
  CHECK(
      status.output.starts_with(fmt::format("topology version {}\n", cluster.topology().version)));
}

TEST_CASE("failover makes a replica the primary, and keeps the keys") {
  Cluster cluster("--shards 1 --replicas 1");
  Client client = client_of(cluster);
  write_keys(client);
  const Shard before = cluster.shard(0);
  CHECK(cluster.done("failover s1") == "shard s1 has another primary\n");
  CHECK(cluster.shard(0).primary == before.replicas.at(0));
  CHECK(cluster.shard(0).epoch > before.epoch);
  CHECK(cluster.becomes_primary(before.replicas.at(0)));
  CHECK(cluster.becomes_replica(before.primary));
  CHECK(count_keys(client) == key_count);
}

TEST_CASE("a shard that is added is brought into service, and removed again") {
  Cluster cluster("--shards 1 --replicas 1");
  const Newcomer primary;
  const Newcomer replica;
  Client client = client_of(cluster);
  const std::string printed =
      cluster.done("add-shard s2 " + primary.address() + " " + replica.address());
  CHECK(contains(printed, "begins cold: about 50 % of all keys"));
  CHECK(cluster.becomes_primary(primary.address()));
  CHECK(cluster.becomes_replica(replica.address()));
  CHECK(becomes_true([&] { return client.topology().shards.size() == 2; }));
  write_keys(client);
  CHECK(count_keys(client) == key_count);
  const Result<Value> kept = client.command_on(primary.address(), {"DBSIZE"});
  CHECK((kept && *kept->get_if<std::int64_t>() > 0));

  CHECK(contains(cluster.done("remove-shard s2"), "stop them"));
  CHECK(cluster.topology().shards.size() == 1);
  CHECK(becomes_true([&] { return client.topology().shards.size() == 1; }));
  CHECK(cluster.row_of(primary.address()).empty());
  write_keys(client);
  CHECK(count_keys(client) == key_count);
}

TEST_CASE("a replica is replaced by a node that gets all keys") {
  Cluster cluster("--shards 1 --replicas 1");
  const Newcomer successor;
  Client client = client_of(cluster);
  write_keys(client);
  const Shard before = cluster.shard(0);
  const std::string replica = before.replicas.at(0);
  cluster.done("replace-node " + replica + " " + successor.address());
  CHECK(cluster.becomes_replica(successor.address()));
  CHECK(cluster.shard(0).primary == before.primary);
  CHECK(cluster.shard(0).absent.empty());
  CHECK(cluster.row_of(replica).empty());

  cluster.done("failover s1");
  CHECK(cluster.becomes_primary(successor.address()));
  CHECK(count_keys(client) == key_count);
}

TEST_CASE("a primary is replaced after its replica has taken over") {
  Cluster cluster("--shards 1 --replicas 1");
  const Newcomer successor;
  Client client = client_of(cluster);
  write_keys(client);
  const Shard before = cluster.shard(0);
  const std::string printed =
      cluster.done("replace-node " + before.primary + " " + successor.address());
  CHECK(contains(printed, before.primary + " goes on by itself: stop it"));
  CHECK(cluster.becomes_replica(successor.address()));
  CHECK(cluster.becomes_primary(before.replicas.at(0)));
  CHECK(cluster.row_of(before.primary).empty());
  CHECK(count_keys(client) == key_count);
}

TEST_CASE("changes that make no sense are refused with one line, and change nothing") {
  Cluster cluster("--shards 1");
  const Topology before = cluster.topology();
  const std::string primary = before.shards.at(0).primary;
  CHECK(cluster.refusal("add-shard s1 127.0.0.1:1") ==
        "cachekit-ctl: the topology has a shard 's1' already\n");
  CHECK(cluster.refusal("add-shard s2 " + primary) ==
        "cachekit-ctl: node '" + primary + "' belongs to shard 's1' already\n");
  CHECK(contains(cluster.refusal("add-shard s2 nowhere"), "'nowhere' has no port"));
  CHECK(contains(cluster.refusal("remove-shard s1"), "'s1' is the last shard"));
  CHECK(contains(cluster.refusal("remove-shard s2"), "no shard 's2'"));
  CHECK(contains(cluster.refusal("replace-node 127.0.0.1:1 127.0.0.1:2"), "no node '127.0.0.1:1'"));
  CHECK(contains(cluster.refusal("replace-node " + primary + " 127.0.0.1:2"),
                 "no replica could take over"));
  CHECK(contains(cluster.refusal("failover s2"), "no shard 's2'"));
  CHECK(contains(cluster.refusal("remove-shard s1 --url cachekit://127.0.0.1:1"),
                 "expected file:///path or etcd://host:2379/name"));
  CHECK(cluster.topology() == before);
}

TEST_CASE("changes without their arguments are told on the command line") {
  for (const char* words : {"add-shard", "add-shard s2", "remove-shard", "replace-node h:1"}) {
    const ProgramRun run = run_program(std::string("cachekit-ctl ") + words);
    CHECK(run.exit_code > 1);
    CHECK(contains(run.output, "is required"));
  }
}

}  // namespace
}  // namespace cachekit::test
