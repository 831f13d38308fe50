// What the nodes say about themselves, by INFO.
//
// Values; no thread rule.

#pragma once

#include <cachekit/client.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cachekit::bench {

struct NodeFigures {
  std::string shard;
  std::string address;
  bool reachable = false;
  std::uint64_t commands = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evicted = 0;
  std::uint64_t keys = 0;
  std::uint64_t memory_bytes = 0;

  bool operator==(const NodeFigures&) const = default;
};

/// The `field:value` lines of a reply to INFO.
std::map<std::string, std::string, std::less<>> parse_info(std::string_view text);

/// Fields that a node does not tell are 0.
NodeFigures figures_from_info(std::string_view text);

/// All primaries, in the order of the topology.
std::vector<NodeFigures> read_node_figures(Client& client);

/// What happened between two readings of the same nodes: counters are subtracted, keys and memory
/// are those of `after`.
std::vector<NodeFigures> difference(const std::vector<NodeFigures>& before,
                                    std::vector<NodeFigures> after);

}  // namespace cachekit::bench
