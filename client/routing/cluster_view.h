// One topology, made ready for routing: the ring, and the nodes of every shard.
//
// Immutable. Calls hold the view they began with; another topology is another view.

#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "cachekit/status.h"
#include "cachekit/topology.h"
#include "client/io/node.h"
#include "protocol/ring.h"

namespace cachekit::routing {

using NodeList = std::vector<std::shared_ptr<io::Node>>;

class ClusterView {
 public:
  /// Fails with topology_error if the ring or an address makes no sense. Nodes that `before` has,
  /// too, are the same ones, with their connections.
  static Result<std::shared_ptr<const ClusterView>> build(Topology topology,
                                                          io::ConnectionLimits connections,
                                                          const ClusterView* before = nullptr);

  const Topology& topology() const { return topology_; }

  /// The index of the shard that owns the key.
  std::uint32_t shard_of(std::string_view key) const { return ring_.member_of(key); }

  /// The primary, then the replicas.
  const NodeList& nodes_of(std::uint32_t shard) const { return nodes_[shard]; }

  std::size_t shard_count() const { return nodes_.size(); }

  /// Of one of nodes_of()'s lists.
  const std::string& name_of(const NodeList& nodes) const { return shard_of(nodes).name; }

  bool has_absent(const NodeList& nodes) const { return !shard_of(nodes).absent.empty(); }

  /// nullptr if there is none of that name.
  const NodeList* find_shard(std::string_view name) const;

  /// By its address as the topology writes it, also if it is absent; null if there is none.
  std::shared_ptr<io::Node> find_node(std::string_view name) const;

 private:
  const Shard& shard_of(const NodeList& nodes) const;
  ClusterView(Topology topology, protocol::Ring ring, std::vector<NodeList> nodes, NodeList absent);

  Topology topology_;
  protocol::Ring ring_;
  std::vector<NodeList> nodes_;  // by shard
  NodeList absent_;
};

}  // namespace cachekit::routing
