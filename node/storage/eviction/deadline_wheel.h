// Entries in the order of their deadlines, to an eighth of the distance that they were set at.
//
// A deadline is now + distance, and now is the deadline of the last entry that was due. Level k is
// a ring of queues, each 2^k wide, for distances of 4 to 8 widths (level 0: up to 8). So a deadline
// is rounded to its queue, and within a queue the first in is the first out. An entry stays in the
// queue it was placed in until it is due: nothing moves down from level to level, as in other
// timing wheels, since no deadline is stored.
//
// Cost: place O(1); due() looks at one number a level.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "node/storage/eviction/queue.h"
#include "node/storage/slots.h"

namespace cachekit::node::storage {

class DeadlineWheel {
 public:
  static constexpr unsigned levels = 28;
  static constexpr unsigned most_steps = 8;
  static constexpr unsigned queues_per_level = most_steps + 1;
  static constexpr unsigned anchors = levels * queues_per_level;

  /// Longer ones are taken for this.
  static constexpr std::uint64_t longest_distance = std::uint64_t{most_steps - 1} << (levels - 1);

  /// Takes `anchors` fixed slots from the first one on.
  DeadlineWheel(Slots& slots, Handle first_anchor);

  /// The entry is in no queue.
  void place(Handle handle, std::uint64_t distance);

  /// The entry with the first deadline, which becomes now; no_handle if there is none. It stays in
  /// its queue: Queue::remove takes it out, and any other.
  Handle due();

  std::uint64_t now() const { return now_; }

 private:
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  Queue& queue(unsigned level, std::uint64_t step) {
    return queues_[level * queues_per_level + step % queues_per_level];
  }
  void advance(unsigned level);

  std::vector<Queue> queues_;
  std::array<std::uint64_t, levels> next_;  // no entry of the level has an earlier deadline
  std::uint64_t now_ = 0;
};

}  // namespace cachekit::node::storage
