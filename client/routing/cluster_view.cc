#include "client/routing/cluster_view.h"

#include <fmt/format.h>

#include <utility>

#include "client/topology/node_address.h"

namespace cachekit::routing {
namespace {

tl::unexpected<Status> refuse(std::string sentence) {
  return tl::unexpected(Status(Code::topology_error, std::move(sentence)));
}

Result<NodeList> make_nodes(const Shard& shard, std::size_t connections) {
  NodeList nodes;
  const auto add = [&](const std::string& written) -> Result<void> {
    auto address = topology::parse_node_address(written);
    if (!address) return refuse(fmt::format("shard '{}': {}", shard.name, address.error()));
    nodes.push_back(std::make_shared<io::Node>(written, *std::move(address), connections));
    return {};
  };
  if (auto added = add(shard.primary); !added) return tl::unexpected(added.error());
  for (const std::string& replica : shard.replicas) {
    if (auto added = add(replica); !added) return tl::unexpected(added.error());
  }
  return nodes;
}

}  // namespace

ClusterView::ClusterView(Topology topology, protocol::Ring ring, std::vector<NodeList> nodes)
    : topology_(std::move(topology)), ring_(std::move(ring)), nodes_(std::move(nodes)) {}

Result<std::shared_ptr<const ClusterView>> ClusterView::build(Topology topology,
                                                              std::size_t connections_per_node) {
  std::vector<protocol::RingMember> members;
  std::vector<NodeList> nodes;
  for (const Shard& shard : topology.shards) {
    members.push_back({.name = shard.name, .weight = shard.weight});
    Result<NodeList> made = make_nodes(shard, connections_per_node);
    if (!made) return tl::unexpected(std::move(made.error()));
    nodes.push_back(*std::move(made));
  }
  auto ring = protocol::Ring::build(members, topology.ring_points);
  if (!ring) return refuse(ring.error());
  return std::shared_ptr<const ClusterView>(
      new ClusterView(std::move(topology), *std::move(ring), std::move(nodes)));
}

std::shared_ptr<io::Node> ClusterView::find_node(std::string_view name) const {
  for (const NodeList& shard : nodes_) {
    for (const std::shared_ptr<io::Node>& node : shard) {
      if (node->name() == name) return node;
    }
  }
  return nullptr;
}

}  // namespace cachekit::routing
