// Which node a walk over all keys asks next, and what of its answer counts. Pure.
//
// Invariant: a shard before the current one has been walked over wholly since the ring took its
// present form, each under one primary. So it has told each of its keys that was there throughout.
//
// Shards are taken in the order of their names, which no change of a primary disturbs.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cachekit/operations.h"
#include "client/routing/cluster_view.h"

namespace cachekit::api {

class KeyWalk {
 public:
  struct Step {
    std::string node;  ///< To be asked with SCAN.
    std::uint64_t cursor = 0;
  };

  /// Where the walk goes on, under the newest view. Not for a walk that is over.
  Step step(std::shared_ptr<const routing::ClusterView> view);

  /// Takes the answer to the last step; the keys that belong to the shard.
  std::vector<std::string> take(ScanPage<std::string> page);

  bool done() const { return done_; }

 private:
  /// What decides which shard a key belongs to.
  struct RingForm {
    std::uint32_t points = 0;
    std::vector<std::pair<std::string, double>> shards;  // by name, with their weights

    bool operator==(const RingForm&) const = default;
  };
  /// Where a cursor means something.
  struct Source {
    std::string primary;
    std::uint64_t epoch = 0;

    bool operator==(const Source&) const = default;
  };

  static RingForm form_of(const Topology& topology);

  std::shared_ptr<const routing::ClusterView> view_;
  RingForm form_;
  std::size_t current_ = 0;  // of the form's shards
  std::uint32_t shard_ = 0;  // the same, of the view's
  Source source_;
  std::uint64_t cursor_ = 0;
  bool done_ = false;
};

}  // namespace cachekit::api
