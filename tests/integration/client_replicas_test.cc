// A client of shards with replicas: where it reads, and how it learns of another primary.

#include <cachekit/client.h>
#include <cachekit/local_cluster.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "tests/integration/becomes_true.h"
#include "tests/integration/temporary_folder.h"

namespace cachekit::test {
namespace {

using namespace std::chrono_literals;

constexpr int key_count = 100;

std::string key(int i) { return fmt::format("key:{}", i); }

// One shard of a primary and two replicas.
struct ReplicatedShard {
  LocalCluster cluster = start();

  static LocalCluster start() {
    auto started = LocalCluster::start({.shards = 1, .replicas = 2});
    REQUIRE_MESSAGE(started, started.error().message());
    return *std::move(started);
  }

  Client connect(ClientOptions options = {}, const std::string& url = {}) const {
    auto client = Client::connect(url.empty() ? cluster.url() : url, std::move(options));
    REQUIRE_MESSAGE(client, client.error().message());
    return *std::move(client);
  }

  // When this returns all replicas have all keys.
  void fill() const {
    Client client = connect({.write_replicas = 2, .write_replicas_timeout = 400ms});
    for (int i = 0; i < key_count; ++i) {
      REQUIRE(becomes_true([&] { return client.set(key(i), key(i)).has_value(); }));
    }
  }

  void kill(const std::string& address) {
    const std::vector<LocalNode> nodes = cluster.nodes();
    const auto found = std::ranges::find(nodes, address, &LocalNode::address);
    REQUIRE(found != nodes.end());
    REQUIRE(cluster.kill_node(static_cast<std::size_t>(found - nodes.begin())).ok());
  }
};

// How many GETs a node has executed.
int gets_at(Client& client, const std::string& node) {
  const auto info = client.command_on(node, {"INFO", "commandstats"});
  REQUIRE(info);
  const std::string& text = *info->get_if<std::string>();
  constexpr std::string_view field = "cmdstat_get:calls=";
  const std::size_t at = text.find(field);
  int calls = 0;
  if (at != std::string::npos) {
    const char* const from = text.data() + at + field.size();
    std::from_chars(from, text.data() + text.size(), calls);
  }
  return calls;
}

void read_all(Client& client) {
  for (int i = 0; i < key_count; ++i) CHECK(*client.get(key(i)) == key(i));
}

TEST_CASE("reads go where the policy says") {
  const ReplicatedShard shard;
  shard.fill();
  Client client = shard.connect();
  const Shard nodes = client.topology().shards[0];
  read_all(client);
  CHECK(gets_at(client, nodes.primary) == key_count);

  Client sparing = shard.connect({.read_policy = ReadPolicy::prefer_replica});
  read_all(sparing);
  CHECK(gets_at(client, nodes.primary) == key_count);
  for (const std::string& replica : nodes.replicas) CHECK(gets_at(client, replica) > 0);

  Client spreading = shard.connect({.read_policy = ReadPolicy::any});
  read_all(spreading);
  const int at_primary = gets_at(client, nodes.primary) - key_count;
  CHECK(at_primary > 0);
  CHECK(at_primary < key_count);

  Client near = shard.connect({.read_policy = ReadPolicy::nearest});
  read_all(near);
}

TEST_CASE("what a client has written it reads from the primary, so it sees it") {
  const ReplicatedShard shard;
  Client client = shard.connect({.read_policy = ReadPolicy::prefer_replica});
  for (int i = 0; i < key_count; ++i) {
    REQUIRE(client.set("k", key(i)));
    CHECK(*client.get("k") == key(i));
  }
  CHECK(gets_at(client, client.topology().shards[0].primary) == key_count);
}

TEST_CASE("a client that knows some node learns the topology from it, and of its changes") {
  ReplicatedShard shard;
  shard.fill();
  const Shard before = shard.connect().topology().shards[0];
  REQUIRE(
      becomes_true([&] { return Client::connect("nodes://" + before.replicas[0]).has_value(); }));
  Client client = shard.connect({}, "nodes://" + before.replicas[0]);
  CHECK(client.topology().shards[0] == before);
  read_all(client);
  shard.kill(before.primary);
  CHECK(becomes_true([&] { return client.topology().shards[0].primary != before.primary; }));
  CHECK(client.set("after", "1"));
  CHECK(*client.get("after") == "1");
}

TEST_CASE("nodes that have no topology, or do not answer, are an error at connect") {
  const ReplicatedShard shard;
  const auto closed = Client::connect("nodes://127.0.0.1:1");
  REQUIRE_FALSE(closed);
  CHECK(closed.error().code() == Code::unavailable);
}

TEST_CASE("a client that loses sight of the topology's place goes on with the nodes' copies") {
  ReplicatedShard shard;
  shard.fill();
  const TemporaryFolder folder;
  const std::filesystem::path copy = folder.path() / "topology.json";
  std::filesystem::copy_file(shard.cluster.url().substr(std::string_view("file://").size()), copy);
  Client client = shard.connect({}, "file://" + copy.string());
  const std::string before = client.topology().shards[0].primary;
  std::filesystem::remove(copy);
  shard.kill(before);
  CHECK(becomes_true([&] { return client.topology().shards[0].primary != before; }));
  CHECK(client.set("after", "1"));
}

}  // namespace
}  // namespace cachekit::test
