#include "client/routing/cluster_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/topology/node_address.h"

namespace cachekit::routing {
namespace {

tl::unexpected<Status> topology_error(std::string sentence) {
  return tl::unexpected(Status(Code::topology_error, std::move(sentence)));
}

// Of a topology's nodes, each made once, or taken from the view before.
class NodeMaker {
 public:
  NodeMaker(io::ConnectionLimits connections, const ClusterView* before)
      : connections_(connections), before_(before) {}

  Result<void> add(const Shard& shard, const std::string& written, NodeList& nodes) const {
    auto address = topology::parse_node_address(written);
    if (!address) return topology_error(fmt::format("shard '{}': {}", shard.name, address.error()));
    auto known = before_ != nullptr ? before_->find_node(written) : nullptr;
    nodes.push_back(known ? std::move(known)
                          : std::make_shared<io::Node>(written, *std::move(address), connections_));
    return {};
  }

  Result<void> add_all(const Shard& shard, const std::vector<std::string>& written,
                       NodeList& nodes) const {
    for (const std::string& address : written) {
      if (auto added = add(shard, address, nodes); !added) return added;
    }
    return {};
  }

 private:
  io::ConnectionLimits connections_;
  const ClusterView* before_;
};

}  // namespace

ClusterView::ClusterView(Topology topology, protocol::Ring ring, std::vector<NodeList> nodes,
                         NodeList absent)
    : topology_(std::move(topology)),
      ring_(std::move(ring)),
      nodes_(std::move(nodes)),
      absent_(std::move(absent)) {}

Result<std::shared_ptr<const ClusterView>> ClusterView::build(Topology topology,
                                                              io::ConnectionLimits connections,
                                                              const ClusterView* before) {
  std::vector<protocol::RingMember> members;
  std::vector<NodeList> nodes;
  NodeList absent;
  const NodeMaker maker(connections, before);
  for (const Shard& shard : topology.shards) {
    members.push_back({.name = shard.name, .weight = shard.weight});
    NodeList& serving = nodes.emplace_back();
    auto made = maker.add(shard, shard.primary, serving);
    if (made) made = maker.add_all(shard, shard.replicas, serving);
    if (made) made = maker.add_all(shard, shard.absent, absent);
    if (!made) return tl::unexpected(std::move(made.error()));
  }
  auto ring = protocol::Ring::build(members, topology.ring_points);
  if (!ring) return topology_error(ring.error());
  return std::shared_ptr<const ClusterView>(
      new ClusterView(std::move(topology), *std::move(ring), std::move(nodes), std::move(absent)));
}

const Shard& ClusterView::shard_of(const NodeList& nodes) const {
  return topology_.shards[static_cast<std::size_t>(&nodes - nodes_.data())];
}

const NodeList* ClusterView::find_shard(std::string_view name) const {
  const auto found = std::ranges::find(topology_.shards, name, &Shard::name);
  if (found == topology_.shards.end()) return nullptr;
  return &nodes_[static_cast<std::size_t>(found - topology_.shards.begin())];
}

std::shared_ptr<io::Node> ClusterView::find_node(std::string_view name) const {
  const auto is_it = [&](const std::shared_ptr<io::Node>& node) { return node->name() == name; };
  for (const NodeList& shard : nodes_) {
    if (const auto found = std::ranges::find_if(shard, is_it); found != shard.end()) return *found;
  }
  const auto found = std::ranges::find_if(absent_, is_it);
  return found != absent_.end() ? *found : nullptr;
}

}  // namespace cachekit::routing
