// Where entries of the near-cache come from: one node, as far as the store has to know it. Whoever
// watches the node says here, in O(1), until when its entries may be served, or that all of them
// are gone.
//
// Thread rule: any thread.

#pragma once

#include <atomic>
#include <cstdint>

#include "client/io/clock.h"

namespace cachekit::caching {

class Source {
 public:
  /// Entries of an earlier generation are gone, and fills that began in one are void.
  std::uint32_t generation() const { return generation_.load(std::memory_order_seq_cst); }
  void drop_all() { generation_.fetch_add(1, std::memory_order_seq_cst); }

  bool serves_at(io::Time now) const {
    return now.time_since_epoch().count() < served_until_.load(std::memory_order_acquire);
  }
  void serve_until(io::Time time) {
    served_until_.store(time.time_since_epoch().count(), std::memory_order_release);
  }

 private:
  std::atomic<std::uint32_t> generation_{1};
  std::atomic<io::Duration::rep> served_until_{io::Time::min().time_since_epoch().count()};
};

}  // namespace cachekit::caching
