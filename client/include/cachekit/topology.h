// The description of a cluster: which shards there are and which nodes serve them.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/status.h"

namespace cachekit {

/// One slice of the key space.
struct Shard {
  std::string name = {};
  double weight = 1.0;
  std::uint64_t epoch = 1;                 ///< Counts the shard's primaries.
  std::string primary = {};                ///< "host:port", "[v6]:port", or "unix:/path".
  std::vector<std::string> replicas = {};  ///< In the order in which reads fall back to them.

  /// Nodes of the shard that are down, or came back and have not all its keys yet. Clients leave
  /// them alone.
  std::vector<std::string> absent = {};

  bool operator==(const Shard&) const = default;
};

struct Topology {
  std::uint64_t version = 1;         ///< Rises with every change.
  std::uint32_t ring_points = 4096;  ///< Points for a shard of weight 1.
  std::vector<Shard> shards = {};

  bool operator==(const Topology&) const = default;
};

/// Reads the JSON document
/// `{"version": 7, "ring": {"hash": "xxh3", "points": 4096}, "shards": [{"name": "s1", "weight": 1,
/// "epoch": 3, "primary": "10.0.0.1:7001", "replicas": ["10.0.0.2:7001"], "absent": []}]}`. weight,
/// epoch, replicas and absent may be left out. Fails with Code::topology_error and a sentence that
/// names the place.
Result<Topology> parse_topology(std::string_view json);

/// The same document, indented.
std::string to_json(const Topology& topology);

}  // namespace cachekit
