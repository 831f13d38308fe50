// The nodes that entries come from, and which of them each key belongs to in the present layout of
// the cluster. A layout is another one when keys have another primary, or a primary another epoch.
//
// A node that has once been a primary is remembered for good, since entries name it; it takes a few
// hundred bytes.
//
// Thread rule: any thread; take() by one at a time.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "client/caching/guards.h"
#include "client/caching/tracked_node.h"
#include "client/routing/cluster_view.h"

namespace cachekit::caching {

/// Immutable.
struct Layout {
  std::uint32_t number = 1;
  std::shared_ptr<const routing::ClusterView> view;
  std::vector<std::shared_ptr<TrackedNode>> primaries;  ///< By shard.

  TrackedNode& node_of(std::string_view key) const { return *primaries[view->shard_of(key)]; }
  bool is_replicated(std::string_view key) const {
    return view->nodes_of(view->shard_of(key)).size() > 1;
  }
};

class TrackedCluster {
 public:
  using MakeNode = std::function<std::shared_ptr<TrackedNode>(const io::Node&)>;

  TrackedCluster(std::shared_ptr<const routing::ClusterView> view, MakeNode make_node,
                 const Guards& guards);

  std::shared_ptr<const Layout> layout() const;
  std::uint32_t number() const { return number_.load(std::memory_order_acquire); }

  /// From now on keys belong where this view says. The entries of a primary that is none any more,
  /// or is one again, are gone.
  void take(std::shared_ptr<const routing::ClusterView> view);

  /// By its address in the topology; null if it has never been a primary.
  std::shared_ptr<TrackedNode> find(std::string_view name) const;

  std::uint64_t drops() const;

 private:
  std::shared_ptr<TrackedNode> find_or_make(const io::Node& node);
  void set(Layout layout);

  const MakeNode make_node_;
  const Guards guards_;
  std::atomic<std::uint32_t> number_{1};

  mutable std::mutex mutex_;
  std::shared_ptr<const Layout> layout_;
  std::map<std::string, std::shared_ptr<TrackedNode>, std::less<>> known_;
};

}  // namespace cachekit::caching
