// How old a replica's data may be.
//
// A heartbeat comes after all changes that were made before it was sent. The clocks of two machines
// show different times, so the quickest heartbeat of the last minutes is taken for one that took no
// time; what another took beyond that, in the network or behind other bytes, is its delay.
//
// Pure; times are monotonic milliseconds, each of the machine that says so. Not thread-safe.

#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace cachekit::node::replication {

class Freshness {
 public:
  /// The quickest heartbeat is remembered for one to two of these: clocks drift.
  static constexpr std::int64_t window_ms = 60'000;

  void note_heartbeat(std::int64_t sent_ms, std::int64_t now_ms) {
    const std::int64_t distance = now_ms - sent_ms;
    if (!window_began_ms_ || now_ms - *window_began_ms_ >= window_ms) {
      last_smallest_ = window_began_ms_ ? smallest_ : distance;
      smallest_ = distance;
      window_began_ms_ = now_ms;
    }
    smallest_ = std::min(smallest_, distance);
    const std::int64_t delay = distance - std::min(smallest_, last_smallest_);
    fresh_at_ms_ = std::max(fresh_at_ms_.value_or(now_ms - delay), now_ms - delay);
  }

  /// The next heartbeats come from another clock. The data are as old as they were.
  void expect_another_clock() { window_began_ms_.reset(); }

  /// What had been executed so long ago is there. Nothing if that was never known.
  std::optional<std::int64_t> age_ms(std::int64_t now_ms) const {
    if (!fresh_at_ms_) return std::nullopt;
    return now_ms - *fresh_at_ms_;
  }

 private:
  std::optional<std::int64_t> window_began_ms_;
  std::int64_t smallest_ = 0;       // distance of the clocks, in this window
  std::int64_t last_smallest_ = 0;  // and in the one before
  std::optional<std::int64_t> fresh_at_ms_;
};

}  // namespace cachekit::node::replication
