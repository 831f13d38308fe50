// cluster.json: what a later process needs to find, restart and stop the nodes of a local cluster.
//
// Values; no thread rule.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/status.h"
#include "client/local/process_handle.h"

namespace cachekit::local {

struct NodeRecord {
  std::string shard;
  std::string address;
  ProcessIdentity process;  ///< pid 0: stopped.

  bool operator==(const NodeRecord&) const = default;
};

struct ClusterRecord {
  std::filesystem::path program;
  std::vector<std::string> flags;
  std::vector<NodeRecord> nodes;
  ProcessIdentity agent = {};  ///< pid 0: none.
  std::string topology = {};   ///< The URL of its place in etcd; empty: a file in the folder.

  bool operator==(const ClusterRecord&) const = default;
};

std::string to_json(const ClusterRecord& record);
Result<ClusterRecord> parse_cluster_record(std::string_view json);

}  // namespace cachekit::local
