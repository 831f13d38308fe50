// To which node of a shard a read goes first, by the client's read policy. If that fails, the rule
// of batch.h sends it on.
//
// Thread rule: any thread.

#pragma once

#include <cstddef>

#include "cachekit/options.h"
#include "client/routing/cluster_view.h"
#include "client/routing/own_writes.h"

namespace cachekit::routing {

class ReadPreference {
 public:
  /// Of reads by latency, so many go anywhere: a node that was slow once is found to be quick
  /// again.
  static constexpr double exploring_share = 1.0 / 64;

  ReadPreference(ReadPolicy policy, io::Duration max_staleness)
      : policy_(policy), own_writes_(max_staleness) {}

  /// The place in the list, which has replicas. `random` is at least 0 and less than 1.
  std::size_t choose(const NodeList& nodes, double random) const;

  OwnWrites& own_writes() { return own_writes_; }

 private:
  const ReadPolicy policy_;
  OwnWrites own_writes_;
};

}  // namespace cachekit::routing
