// The nodes of a cluster as a table.
//
// Values; no thread rule.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/ctl/node_report.h"
#include "client/ctl/node_status.h"

namespace cachekit::ctl {

struct NodeLine {
  std::string shard;
  std::string address;
  bool absent = false;                    ///< As the topology says.
  std::optional<NodeStatus> status;       ///< None: unreachable.
  std::optional<NodeReport> report = {};  ///< None: a stock server's.
};

/// A line for the topology, one for the titles, and one for each node. What a node has not told is
/// a dash. How far a replica is behind is told by the primary of its shard.
std::string status_table(std::uint64_t topology_version, const std::vector<NodeLine>& lines);

}  // namespace cachekit::ctl
