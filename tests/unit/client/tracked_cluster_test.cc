// To which node a key's entries belong, and what another topology takes away.

#include "client/caching/tracked_cluster.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace cachekit::caching {
namespace {

Topology topology(std::vector<Shard> shards) {
  static std::uint64_t version = 1;
  Topology made;
  made.version = version++;
  made.shards = std::move(shards);
  return made;
}

std::shared_ptr<const routing::ClusterView> view(std::vector<Shard> shards) {
  auto built =
      routing::ClusterView::build(topology(std::move(shards)), io::ConnectionLimits{.alone = 1});
  REQUIRE(built);
  return *built;
}

const Shard s1{.name = "s1", .epoch = 1, .primary = "127.0.0.1:1", .replicas = {"127.0.0.1:2"}};
const Shard s2{.name = "s2", .epoch = 1, .primary = "127.0.0.1:3"};

struct TrackedFixture {
  TrackedCluster cluster;

  explicit TrackedFixture(const Guards& guards = {})
      : cluster(
            view({s1, s2}),
            [guards](const io::Node& node) {
              return std::make_shared<TrackedNode>(node.name(), node.address(),
                                                   std::chrono::milliseconds(500), guards);
            },
            guards) {}

  std::uint64_t drops(const std::string& node) const {
    const auto found = cluster.find(node);
    return found ? found->drops() : 0;
  }
};

TEST_CASE("tracked cluster: a key is its shard's primary's") {
  TrackedFixture f;
  const auto layout = f.cluster.layout();
  for (int i = 0; i < 20; ++i) {
    const std::string key = std::to_string(i);
    const std::uint32_t shard = layout->view->shard_of(key);
    CHECK(layout->node_of(key).name() == layout->view->nodes_of(shard).front()->name());
    CHECK(layout->is_replicated(key) == (shard == 0));
  }
  CHECK(f.cluster.find("127.0.0.1:2") == nullptr);
}

TEST_CASE("tracked cluster: replicas that come and go change nothing") {
  TrackedFixture f;
  Shard without = s1;
  without.replicas.clear();
  f.cluster.take(view({without, s2}));
  CHECK(f.cluster.number() == 1);
  CHECK(f.cluster.drops() == 0);
}

TEST_CASE("tracked cluster: another primary ends what the one before has given") {
  TrackedFixture f;
  Shard promoted = s1;
  promoted.epoch = 2;
  promoted.primary = "127.0.0.1:2";
  promoted.replicas = {"127.0.0.1:1"};
  f.cluster.take(view({promoted, s2}));
  CHECK(f.cluster.number() == 2);
  CHECK(f.drops("127.0.0.1:1") == 1);
  CHECK(f.drops("127.0.0.1:2") == 1);
  CHECK(f.drops("127.0.0.1:3") == 0);
}

TEST_CASE("tracked cluster: so does another epoch of the same primary") {
  TrackedFixture f;
  Shard again = s1;
  again.epoch = 2;
  f.cluster.take(view({again, s2}));
  CHECK(f.cluster.number() == 2);
  CHECK(f.drops("127.0.0.1:1") == 1);
  CHECK(f.drops("127.0.0.1:3") == 0);
}

TEST_CASE("tracked cluster: with another shard every entry has to be confirmed, and none dropped") {
  TrackedFixture f;
  f.cluster.take(view({s1, s2, {.name = "s3", .epoch = 1, .primary = "127.0.0.1:4"}}));
  CHECK(f.cluster.number() == 2);
  CHECK(f.drops("127.0.0.1:1") == 0);
  CHECK(f.drops("127.0.0.1:3") == 0);
}

}  // namespace
}  // namespace cachekit::caching
