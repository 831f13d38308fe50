#include "client/caching/tracked_cluster.h"

#include <utility>

namespace cachekit::caching {
namespace {

/// Whether every key has the primary that it had, and that has been it all the time.
bool same_owners(const Topology& before, const Topology& after) {
  if (before.ring_points != after.ring_points || before.shards.size() != after.shards.size()) {
    return false;
  }
  for (std::size_t i = 0; i < before.shards.size(); ++i) {
    const Shard& was = before.shards[i];
    const Shard& is = after.shards[i];
    if (was.name != is.name || was.weight != is.weight || was.epoch != is.epoch ||
        was.primary != is.primary) {
      return false;
    }
  }
  return true;
}

/// Whether the node was a shard's primary in `before`, and has been it ever since.
bool has_stayed_primary(const Topology& before, const Shard& is) {
  for (const Shard& was : before.shards) {
    if (was.primary == is.primary) return was.name == is.name && was.epoch == is.epoch;
  }
  return false;
}

bool is_primary(const Topology& topology, const std::string& node) {
  for (const Shard& shard : topology.shards) {
    if (shard.primary == node) return true;
  }
  return false;
}

bool may_be_replaced(const Shard& shard) {
  return !shard.replicas.empty() || !shard.absent.empty();
}

}  // namespace

TrackedCluster::TrackedCluster(std::shared_ptr<const routing::ClusterView> view, MakeNode make_node,
                               const Guards& guards)
    : make_node_(std::move(make_node)), guards_(guards) {
  set({.number = number_.load(), .view = std::move(view), .primaries = {}});
}

std::shared_ptr<const Layout> TrackedCluster::layout() const {
  const std::lock_guard lock(mutex_);
  return layout_;
}

void TrackedCluster::take(std::shared_ptr<const routing::ClusterView> view) {
  const std::shared_ptr<const Layout> before = layout();
  const Topology& was = before->view->topology();
  const Topology is = view->topology();
  const bool moves_keys = !same_owners(was, is) && guards_.drop_at_role_change;
  set({.number = before->number + (moves_keys ? 1 : 0), .view = std::move(view), .primaries = {}});
  if (!moves_keys) return;
  for (const Shard& shard : is.shards) {
    if (!has_stayed_primary(was, shard)) find(shard.primary)->drop_all();
  }
  for (const auto& node : before->primaries) {
    if (!is_primary(is, node->name())) node->drop_all();
  }
}

void TrackedCluster::set(Layout layout) {
  const Topology& topology = layout.view->topology();
  for (std::uint32_t shard = 0; shard < layout.view->shard_count(); ++shard) {
    auto primary = find_or_make(*layout.view->nodes_of(shard).front());
    primary->set_replicated(may_be_replaced(topology.shards[shard]));
    layout.primaries.push_back(std::move(primary));
  }
  const std::lock_guard lock(mutex_);
  number_.store(layout.number, std::memory_order_release);
  layout_ = std::make_shared<const Layout>(std::move(layout));
}

std::shared_ptr<TrackedNode> TrackedCluster::find_or_make(const io::Node& node) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<TrackedNode>& known = known_[node.name()];
  if (!known) known = make_node_(node);
  return known;
}

std::shared_ptr<TrackedNode> TrackedCluster::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(name);
  return found == known_.end() ? nullptr : found->second;
}

std::uint64_t TrackedCluster::drops() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t drops = 0;
  for (const auto& [name, node] : known_) drops += node->drops();
  return drops;
}

}  // namespace cachekit::caching
