// How a store writes times down: short expiries in entries, ticks in the expiry bounds.

#pragma once

#include <cstdint>
#include <limits>

#include "node/storage/effect.h"
#include "node/storage/expiry_bounds.h"

namespace cachekit::node::storage {

class ExpiryClock {
 public:
  /// The finest time by which entries are found expired without being asked for.
  static constexpr UnixMillis tick_ms = 64;

  /// Starts to count, or goes on, when nothing in the store expires yet. Ticks begin some time
  /// before, in case the clock is set back.
  void start(UnixMillis now) {
    if (!started_) start_ = now - margin_ms;
    started_ = true;
    reference_ = now > reference_ ? now : reference_;
  }

  /// Everything that expired before `time` has been removed.
  void advance(UnixMillis time) { reference_ = time > reference_ ? time : reference_; }

  // An expiry of 32 bits counts from the reference, which no entry in the store precedes.

  bool is_short(UnixMillis expire_at) const {
    return expire_at >= reference_ && since(reference_, expire_at) <= most_short;
  }
  UnixMillis from_short(std::uint32_t low) const {
    return reference_ + static_cast<std::uint32_t>(low - static_cast<std::uint32_t>(reference_));
  }

  /// The first tick at which it has expired. An expiry more than seven years away has none.
  ExpiryTick tick_of(UnixMillis expire_at) const {
    if (expire_at < start_) return 0;
    const auto tick = since(start_, expire_at) / tick_ms + 1;
    return tick < never_due ? static_cast<ExpiryTick>(tick) : never_due;
  }

  /// The tick that has begun.
  ExpiryTick now_tick(UnixMillis now) const {
    const auto tick = now > start_ ? since(start_, now) / tick_ms : 0;
    return tick < never_due ? static_cast<ExpiryTick>(tick) : never_due - 1;
  }

  UnixMillis time_of(ExpiryTick tick) const { return start_ + tick * tick_ms; }

 private:
  // The start may be negative and an expiry the largest number, so their distance is unsigned.
  static std::uint64_t since(UnixMillis start, UnixMillis time) {
    return static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(start);
  }

  static constexpr UnixMillis margin_ms = UnixMillis{400} * 24 * 3600 * 1000;
  static constexpr std::uint64_t most_short = std::numeric_limits<std::uint32_t>::max();

  bool started_ = false;
  UnixMillis start_ = 0;
  UnixMillis reference_ = 0;
};

}  // namespace cachekit::node::storage
