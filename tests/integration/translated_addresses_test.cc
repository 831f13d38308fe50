// A shard whose nodes are listed by other addresses than their own, as behind a gateway.

#include <cachekit/agent.h>
#include <cachekit/topology.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "tests/integration/becomes_true.h"
#include "tests/integration/run_program.h"
#include "tests/integration/temporary_folder.h"
#include "tests/support/server_process.h"
#include "tests/support/tcp_proxy.h"
#include "tests/support/text.h"

namespace cachekit::test {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds give_up_after{300};

// A managed node, killed at the end, for nobody would take over; and where it is listed.
struct ListedNode {
  std::unique_ptr<ServerProcess> process = ServerProcess::start_node({"--managed"});
  TcpProxy listed{process->endpoint().text()};

  ~ListedNode() { process->kill(); }
};

class TranslatedShard {
 public:
  TranslatedShard() {
    Topology topology;
    Shard& shard = topology.shards.emplace_back();
    shard.name = "s";
    shard.primary = primary_.listed.address();
    shard.replicas = {replica_.listed.address()};
    std::ofstream(document()) << to_json(topology);
    AgentOptions options;
    options.give_up_after = give_up_after;
    auto agent = Agent::start(url(), options);
    REQUIRE(agent);
    agent_.emplace(*std::move(agent));
  }

  std::string url() const { return "file://" + document(); }

  Shard shard() const {
    std::ifstream file(document());
    const auto topology = parse_topology(std::string(std::istreambuf_iterator<char>(file), {}));
    REQUIRE(topology);
    return topology->shards.front();
  }

  TcpProxy& listed_replica() { return replica_.listed; }

  // What status shows of the replica; empty if it is not there.
  std::string row_of_replica() const {
    const std::string table = run_program("cachekit-ctl status --url " + url()).output;
    const std::size_t at = table.find("  " + replica_.listed.address() + " ");
    return at == std::string::npos ? "" : table.substr(at, table.find('\n', at) - at);
  }

  bool has_lag() const { return contains(row_of_replica(), " ms"); }

  void await_replication() {
    CHECK(becomes_true([&] { return shard().epoch > 1 && has_lag(); }));
  }

 private:
  std::string document() const { return folder_.path() / "topology.json"; }

  TemporaryFolder folder_;
  ListedNode primary_;
  ListedNode replica_;
  std::optional<Agent> agent_;
};

TEST_CASE("status knows how far a replica is whose primary sees another address") {
  TranslatedShard cluster;
  cluster.await_replication();
  CHECK(contains(cluster.row_of_replica(), "replica"));
}

TEST_CASE("an agent that does not hear a replica by its listed address believes its primary") {
  TranslatedShard cluster;
  cluster.await_replication();
  cluster.listed_replica().cut();
  const auto is_left_out = [&] { return cluster.shard().replicas.empty(); };
  CHECK_FALSE(becomes_true(is_left_out, 5 * give_up_after));
  cluster.listed_replica().heal();
}

}  // namespace
}  // namespace cachekit::test
