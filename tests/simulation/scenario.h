// One simulated life of a shard: two or three managed nodes, two agents, clients, and faults in an
// order that the seed decides.

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "node/failover/mandate.h"

namespace cachekit::simulation {

enum class Faults : std::uint8_t {
  mixed,

  /// Primaries change often, also by hand-over, and nobody dies; what agents said in earlier epochs
  /// reaches nodes once more; and beside each node there is a client that knows no other.
  late_mail,
};

struct Plan {
  std::uint64_t seed = 1;
  Faults faults = Faults::mixed;
  node::failover::Guards guards = {};
  bool compare_and_swap = true;  ///< Otherwise agents overwrite each other's topologies.
  int nodes = 3;
  int fault_seconds = 15;  ///< Virtual.
  int healing_seconds = 20;
  bool traced = false;  ///< Print what happens.

  /// Every node's wall clock is set again and again, minutes or hours ahead or behind.
  bool wall_clocks_jump = false;

  /// A node is killed only while all others work and hold what it holds, and nobody stands still or
  /// is cut off before it is back. Then no write that a replica has acknowledged may be lost; with
  /// several failures at once it may, for all its holders may be among them.
  bool one_failure_at_a_time = true;
};

struct Outcome {
  std::vector<std::string> violations;  ///< Sentences; none is good.
  std::uint64_t acknowledged = 0;       ///< Writes, and those that a replica had.
  std::uint64_t acknowledged_by_replica = 0;
  std::uint64_t kills = 0;
  std::uint64_t pauses = 0;
  std::uint64_t cuts = 0;
  std::uint64_t agent_crashes = 0;
  std::uint64_t epochs = 0;
  std::uint64_t late_letters = 0;  ///< Orders and requests that came again.

  /// When what topology was agreed on.
  std::vector<std::pair<std::int64_t, std::string>> agreements;

  bool operator==(const Outcome&) const = default;
};

Outcome run(const Plan& plan);

}  // namespace cachekit::simulation
