#include "client/api/copies.h"

#include <doctest/doctest.h>

#include <set>

#include "client/routing/cluster_view.h"

namespace cachekit::api {
namespace {

using api::keys_on_different_shards;

struct WeightedCluster {
  explicit WeightedCluster(std::vector<double> weights) {
    Topology topology;
    for (const double weight : weights) {
      const std::string name = "s" + std::to_string(topology.shards.size());
      topology.shards.push_back({.name = name, .weight = weight, .primary = name + ":1"});
    }
    view = *routing::ClusterView::build(topology, io::ConnectionLimits{.alone = 1});
  }

  std::string shard_of(const std::string& key) const {
    return view->topology().shards[view->shard_of(key)].name;
  }
  std::vector<std::string> keys(std::string_view key, std::size_t copies) const {
    return keys_on_different_shards(key, copies, view->shard_count(),
                                    [this](const std::string& name) { return shard_of(name); });
  }
  std::set<std::string> shards(const std::vector<std::string>& keys) const {
    std::set<std::string> names;
    for (const auto& key : keys) names.insert(shard_of(key));
    return names;
  }

  std::shared_ptr<const routing::ClusterView> view;
};

TEST_CASE("copies lie on different shards, whatever the key") {
  const WeightedCluster cluster(std::vector<double>(8, 1.0));
  for (const std::string key : {"k", "", "{tag}", "a}b{c", "}", "{}", "0:k"}) {
    for (const std::size_t copies : {1u, 3u, 8u, 100u}) {
      const auto keys = cluster.keys(key, copies);
      CHECK(keys.size() == std::min<std::size_t>(copies, 8));
      CHECK(cluster.shards(keys).size() == keys.size());
      CHECK(keys == cluster.keys(key, copies));
    }
  }
}

TEST_CASE("copies of different keys have different names and lie anywhere") {
  const WeightedCluster cluster(std::vector<double>(8, 1.0));
  std::set<std::string> names;
  std::set<std::string> first_shards;
  for (int i = 0; i < 50; ++i) {
    const auto keys = cluster.keys("k" + std::to_string(i), 2);
    names.insert(keys.begin(), keys.end());
    first_shards.insert(cluster.shard_of(keys.front()));
  }
  CHECK(names.size() == 100);
  CHECK(first_shards.size() == 8);
}

TEST_CASE("most copies stay where they are when a shard comes") {
  const WeightedCluster before(std::vector<double>(8, 1.0));
  const WeightedCluster after(std::vector<double>(9, 1.0));
  int kept = 0;
  for (int i = 0; i < 100; ++i) {
    const auto old_keys = before.keys("k" + std::to_string(i), 4);
    const auto new_keys = after.keys("k" + std::to_string(i), 4);
    for (const auto& key : new_keys) {
      const bool was_there = std::ranges::find(old_keys, key) != old_keys.end();
      if (was_there && before.shard_of(key) == after.shard_of(key)) ++kept;
    }
  }
  CHECK(kept > 300);  // of 400
}

TEST_CASE("a shard of next to no weight may have no copy") {
  const WeightedCluster cluster({1.0, 1.0, 0.001});
  const auto keys = cluster.keys("k", 3);
  CHECK(keys.size() >= 2);
  CHECK(cluster.shards(keys).size() == keys.size());
}

TEST_CASE("chance takes each of the keys") {
  const std::vector<std::string> keys{"a", "b", "c"};
  std::set<std::string> taken;
  for (int i = 0; i < 200; ++i) taken.insert(api::any_of(keys));
  CHECK(taken.size() == 3);
}

}  // namespace
}  // namespace cachekit::api
