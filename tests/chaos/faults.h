// What is done to a cluster while its load runs.
//
// Thread rule: one thread.

#pragma once

#include <cachekit/client.h>
#include <cachekit/local_cluster.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/chaos/ledger.h"

namespace cachekit::chaos {

/// A fault that was done to the primary of a shard.
struct FaultDone {
  Clock::time_point at;
  std::size_t shard = 0;
};

class Fault {
 public:
  virtual ~Fault() = default;

  /// Does it to the primary of a shard, and ends it, which takes a while.
  virtual Status strike(std::size_t shard) = 0;

  const std::vector<FaultDone>& done() const { return done_; }

  /// Writes that a node acknowledged to a client of its own after another had taken its place.
  std::uint64_t deposed_acknowledgements() const { return deposed_acknowledgements_; }

 protected:
  std::vector<FaultDone> done_;
  std::uint64_t deposed_acknowledgements_ = 0;
};

/// Names of all faults.
std::vector<std::string> fault_names();

/// nullptr if there is none of that name. Cluster and client must outlive it.
std::unique_ptr<Fault> make_fault(std::string_view name, LocalCluster& cluster, Client& client);

}  // namespace cachekit::chaos
