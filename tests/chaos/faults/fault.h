// What is done to a cluster while its load runs.
//
// Thread rule: one thread.

#pragma once

#include <cachekit/client.h>
#include <cachekit/local_cluster.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/chaos/agents.h"
#include "tests/chaos/ledger.h"
#include "tests/chaos/network/network.h"
#include "tests/support/etcd_cluster.h"

namespace cachekit::chaos {

class Workload;
struct Report;

/// How long and how strong, where a fault has a measure.
struct Strength {
  std::chrono::seconds length{8};           ///< Of a pause, a cut, a bad or a slow link.
  std::chrono::milliseconds delay{5};       ///< Of all that goes to and from a primary.
  std::chrono::milliseconds jitter{5};      ///< A random time up to this on top.
  double loss = 0.001;                      ///< Of pieces, which come 200 ms later then.
  std::size_t fill_mb = 32;                 ///< What a replica has to copy.
  std::size_t copied_kb_per_second = 1024;  ///< By a slow one.
};

/// What faults act on. All of it must outlive them.
struct Scene {
  LocalCluster& cluster;
  Client& client;  ///< Not the load's.
  Network& network;
  AgentProcesses* agents;   ///< nullptr: the agent is in this process.
  test::EtcdCluster* etcd;  ///< nullptr: the topology is in a file.
  Strength strength;

  /// By its listed address; the number of nodes if there is none.
  std::size_t index_of(const std::string& address) const;
  std::string primary_of(std::size_t shard) const;

  /// Of the cluster's files.
  std::filesystem::path folder() const;
};

/// A fault that was done to the primary of a shard.
struct FaultDone {
  Clock::time_point at;
  std::size_t shard = 0;
};

class Fault {
 public:
  explicit Fault(const Scene& scene) : scene_(scene) {}
  virtual ~Fault() = default;

  /// Before the load begins.
  virtual Status prepare() { return {}; }

  /// Does it to the primary of a shard, and ends it, which takes a while.
  virtual Status strike(std::size_t shard) = 0;

  /// What only this fault has to tell, and which of its own goals were missed; after the load.
  /// Bounds on time are `slack` times as long.
  virtual void add_to(Report& report, Workload& workload, double slack) const;

  const std::vector<FaultDone>& done() const { return done_; }

 protected:
  const Scene& scene() const { return scene_; }
  void note_strike(std::size_t shard) { done_.push_back({Clock::now(), shard}); }

 private:
  const Scene& scene_;
  std::vector<FaultDone> done_;
};

/// Names of all faults.
std::vector<std::string> fault_names();

/// nullptr if there is none of that name.
std::unique_ptr<Fault> make_fault(std::string_view name, const Scene& scene);

}  // namespace cachekit::chaos
