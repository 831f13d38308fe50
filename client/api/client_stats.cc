// What a client tells of itself in numbers.

#include "client/api/client_state.h"

namespace cachekit::api {
namespace {

NodeStats stats_of(io::Node& node, const std::string& shard, NodeRole role) {
  NodeStats stats;
  stats.address = node.name();
  stats.shard = shard;
  stats.role = role;
  node.meter().tell(stats);
  stats.breaker = node.breaker().is_open() ? BreakerState::open : BreakerState::closed;
  stats.breaker_opened = node.breaker().opened();
  stats.recent_latency = node.latency().smoothed();
  stats.recent_median = node.latency().median();
  stats.recent_p95 = node.latency().p95();
  return stats;
}

std::vector<NodeStats> stats_of(const routing::ClusterView& view) {
  std::vector<NodeStats> all;
  const std::vector<Shard>& shards = view.topology().shards;
  for (std::uint32_t i = 0; i < view.shard_count(); ++i) {
    NodeRole role = NodeRole::primary;
    for (const std::shared_ptr<io::Node>& node : view.nodes_of(i)) {
      all.push_back(stats_of(*node, shards[i].name, role));
      role = NodeRole::replica;
    }
  }
  for (const Shard& shard : shards) {
    for (const std::string& address : shard.absent) {
      all.push_back(stats_of(*view.find_node(address), shard.name, NodeRole::absent));
    }
  }
  return all;
}

}  // namespace

ClientStats ClientState::stats() {
  ClientStats stats;
  if (guard_.is_in_child()) return stats;
  const std::shared_ptr<const routing::ClusterView> view = router_->view();
  stats.nodes = stats_of(*view);
  router_->calls().tell(stats);
  if (near_cache_) stats.near_cache = near_cache_->statistics();
  stats.topology_version = view->topology().version;
  stats.topology_changes = router_->changes();
  stats.async_under_way = loops_.under_way();
  stats.hook_failures = router_->tracer().failures();
  stats.hot_keys = hot_keys();
  return stats;
}

std::vector<HotKey> ClientState::hot_keys() const {
  const hotkeys::HotKeys* const hot_keys = guard_.is_in_child() ? nullptr : router_->hot_keys();
  return hot_keys != nullptr ? hot_keys->top(io::Clock::now()) : std::vector<HotKey>();
}

}  // namespace cachekit::api
