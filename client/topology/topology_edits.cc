#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cachekit/administration.h"
#include "client/api/refuse.h"
#include "client/topology/node_address.h"
#include "protocol/ring.h"

namespace cachekit {
namespace {

auto find_shard(Topology& topology, std::string_view name) {
  return std::ranges::find(topology.shards, name, &Shard::name);
}

bool has(const std::vector<std::string>& addresses, std::string_view address) {
  return std::ranges::find(addresses, address) != addresses.end();
}

auto find_shard_of_node(Topology& topology, std::string_view address) {
  return std::ranges::find_if(topology.shards, [&](const Shard& shard) {
    return shard.primary == address || has(shard.replicas, address) || has(shard.absent, address);
  });
}

Result<void> check_newcomer(Topology& topology, std::string_view address) {
  if (const auto parsed = topology::parse_node_address(address); !parsed) {
    return refuse(parsed.error());
  }
  const auto shard = find_shard_of_node(topology, address);
  if (shard == topology.shards.end()) return {};
  return refuse(fmt::format("node '{}' belongs to shard '{}' already", address, shard->name));
}

std::vector<std::string> nodes_of(const Shard& shard) {
  std::vector<std::string> nodes{shard.primary};
  nodes.insert(nodes.end(), shard.replicas.begin(), shard.replicas.end());
  nodes.insert(nodes.end(), shard.absent.begin(), shard.absent.end());
  return nodes;
}

Result<void> check_newcomers(Topology& topology, std::vector<std::string> nodes) {
  for (const std::string& node : nodes) {
    if (auto checked = check_newcomer(topology, node); !checked) return checked;
  }
  std::ranges::sort(nodes);
  const auto twice = std::ranges::adjacent_find(nodes);
  if (twice == nodes.end()) return {};
  return refuse(fmt::format("node '{}' is named twice", *twice));
}

// Clients would not take a topology whose ring cannot be built.
Result<void> check_ring(const Topology& topology) {
  std::vector<protocol::RingMember> members;
  members.reserve(topology.shards.size());
  for (const Shard& shard : topology.shards) members.push_back({shard.name, shard.weight});
  if (auto ring = protocol::Ring::build(members, topology.ring_points); !ring) {
    return refuse(std::move(ring.error()));
  }
  return {};
}

}  // namespace

Result<Topology> with_shard(Topology topology, Shard shard) {
  if (shard.name.empty()) return refuse("the name of the shard is empty");
  if (find_shard(topology, shard.name) != topology.shards.end()) {
    return refuse(fmt::format("the topology has a shard '{}' already", shard.name));
  }
  if (auto checked = check_newcomers(topology, nodes_of(shard)); !checked) {
    return tl::unexpected(std::move(checked.error()));
  }
  topology.shards.push_back(std::move(shard));
  if (auto checked = check_ring(topology); !checked) {
    return tl::unexpected(std::move(checked.error()));
  }
  return topology;
}

Result<Topology> without_shard(Topology topology, std::string_view name) {
  const auto shard = find_shard(topology, name);
  if (shard == topology.shards.end()) {
    return refuse(fmt::format("the topology has no shard '{}'", name));
  }
  if (topology.shards.size() == 1) {
    return refuse(fmt::format("'{}' is the last shard; a cluster has at least one", name));
  }
  topology.shards.erase(shard);
  return topology;
}

Result<Topology> with_node_replaced(Topology topology, std::string_view node,
                                    std::string_view successor) {
  const auto shard = find_shard_of_node(topology, node);
  if (shard == topology.shards.end()) {
    return refuse(fmt::format("the topology has no node '{}'", node));
  }
  if (auto checked = check_newcomer(topology, successor); !checked) {
    return tl::unexpected(std::move(checked.error()));
  }
  if (shard->primary == node) {
    return refuse(fmt::format(
        "'{}' is the primary of shard '{}', and {}", node, shard->name,
        shard->replicas.empty() ? "no replica could take over" : "a replica must take over first"));
  }
  // The primary's lease must not rest on a node that nobody would ask for its promise: with a new
  // epoch the primary takes no answers from it any more. None rests on an absent one.
  if (std::erase(shard->replicas, node) > 0) ++shard->epoch;
  std::erase(shard->absent, node);
  shard->absent.emplace_back(successor);
  return topology;
}

}  // namespace cachekit
