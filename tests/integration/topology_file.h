// A topology in a file, which clients watch. Gone with the test.

#pragma once

#include <cachekit/topology.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/integration/temporary_folder.h"

namespace cachekit::test {

class TopologyFile {
 public:
  explicit TopologyFile(const Topology& topology) { publish(topology); }

  std::string url() const { return "file://" + path_.string(); }

  /// Replaces what is there, at once.
  void publish(const Topology& topology) const {
    const std::filesystem::path next = path_.string() + ".new";
    std::ofstream(next) << to_json(topology);
    std::filesystem::rename(next, path_);
  }

 private:
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "topology.json";
};

/// The first shards of a cluster, in a version of their number.
template <class Cluster>
Topology first_shards(const Cluster& cluster, std::size_t shards) {
  Topology topology{.version = shards};
  for (std::size_t i = 0; i < shards; ++i) {
    topology.shards.push_back({.name = "s" + std::to_string(i), .primary = cluster.address(i)});
  }
  return topology;
}

}  // namespace cachekit::test
