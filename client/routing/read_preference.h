// To which node of a shard a read goes first, by the client's read policy; and by what is hot, if
// hot keys are spread over all nodes. If that fails, the rule of batch.h sends it on.
//
// Thread rule: any thread.

#pragma once

#include <cstddef>

#include "cachekit/options.h"
#include "client/hotkeys/hot_keys.h"
#include "client/routing/cluster_view.h"
#include "client/routing/own_writes.h"

namespace cachekit::routing {

class ReadPreference {
 public:
  /// Of reads by latency, so many go anywhere: a node that was slow once is found to be quick
  /// again.
  static constexpr double exploring_share = 1.0 / 64;

  /// `hot_keys`: null if they go where others go.
  ReadPreference(ReadPolicy policy, io::Duration max_staleness,
                 const hotkeys::HotKeys* hot_keys = nullptr)
      : policy_(policy), hot_keys_(hot_keys), own_writes_(max_staleness) {}

  /// The place in the list, which has replicas. `random` is at least 0 and less than 1.
  std::size_t choose(const NodeList& nodes, double random) const;

  /// The same for reads of hot keys.
  std::size_t choose_for_hot(const NodeList& nodes, double random) const;

  /// Whether hot keys may go elsewhere than others; and whether these are all that it reads.
  bool spreads_hot() const { return hot_keys_ != nullptr; }
  bool is_hot(const Request& request, const Route& route) const;

  OwnWrites& own_writes() { return own_writes_; }

 private:
  const ReadPolicy policy_;
  const hotkeys::HotKeys* const hot_keys_;
  OwnWrites own_writes_;
};

}  // namespace cachekit::routing
