#include "node/storage/eviction/deadline_wheel.h"

#include <algorithm>
#include <bit>

namespace cachekit::node::storage {
namespace {

// Distances below 2^bits belong to level 0.
constexpr unsigned level_0_bits = std::bit_width(DeadlineWheel::most_steps) - 1;

unsigned level_of(std::uint64_t distance) {
  const auto bits = static_cast<unsigned>(std::bit_width(distance));
  return bits > level_0_bits ? bits - level_0_bits : 0;
}

}  // namespace

static_assert(DeadlineWheel::anchors <= Slots::fixed_slots);

DeadlineWheel::DeadlineWheel(Slots& slots, Handle first_anchor) {
  queues_.reserve(anchors);
  for (Handle at = 0; at < anchors; ++at) queues_.emplace_back(slots, first_anchor + at);
  next_.fill(never);
}

void DeadlineWheel::place(Handle handle, std::uint64_t distance) {
  distance = std::clamp(distance, std::uint64_t{1}, longest_distance);
  const unsigned level = level_of(distance);
  const std::uint64_t half = (std::uint64_t{1} << level) / 2;
  // Later than now, so that what has just been placed again is not due again at once, and within
  // the ring.
  const std::uint64_t current = now_ >> level;
  const std::uint64_t step =
      std::clamp((now_ + distance + half) >> level, current + 1, current + most_steps);
  queue(level, step).push_newest(handle);
  next_[level] = std::min(next_[level], step << level);
}

Handle DeadlineWheel::due() {
  while (true) {
    const auto first = std::min_element(next_.begin(), next_.end());
    if (*first == never) return no_handle;
    const auto level = static_cast<unsigned>(first - next_.begin());
    const Handle handle = queue(level, *first >> level).oldest();
    if (handle != no_handle) {
      now_ = std::max(now_, *first);
      return handle;
    }
    advance(level);
  }
}

// The next queue of the level that is not empty.
void DeadlineWheel::advance(unsigned level) {
  const std::uint64_t step = next_[level] >> level;
  next_[level] = never;
  for (std::uint64_t ahead = 1; ahead <= most_steps; ++ahead) {
    if (queue(level, step + ahead).empty()) continue;
    next_[level] = (step + ahead) << level;
    return;
  }
}

}  // namespace cachekit::node::storage
