// How often a node may be asked again what it has left unanswered: by a share of what it is asked
// at all, so that a node that hangs is not buried under repetitions. A token bucket, filled by
// operations instead of time.
//
// Thread rule: any thread.

#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace cachekit::io {

class RetryBudget {
 public:
  /// Repetitions that are free at first, or after a time without any.
  static constexpr std::int64_t burst = 10;

  /// So many operations are sent for the first time; `share` of them may be repeated.
  void note_first_attempts(std::size_t operations, double share) {
    if (share <= 0) return;
    const auto more = static_cast<std::int64_t>(static_cast<double>(operations) * share * unit);
    std::int64_t before = tokens_.load(std::memory_order_relaxed);
    if (before >= burst * unit) return;
    while (!tokens_.compare_exchange_weak(before, std::min(before + more, burst * unit),
                                          std::memory_order_relaxed)) {
    }
  }

  /// True, and taken, if so many may be sent again. More than the burst at a time may be once all
  /// of it is there, and are paid off by what follows.
  bool take(std::size_t operations) {
    const auto wanted = static_cast<std::int64_t>(operations) * unit;
    std::int64_t before = tokens_.load(std::memory_order_relaxed);
    do {
      if (before < std::min(wanted, burst * unit)) return false;
    } while (!tokens_.compare_exchange_weak(before, before - wanted, std::memory_order_relaxed));
    return true;
  }

 private:
  static constexpr std::int64_t unit = 1000;

  std::atomic<std::int64_t> tokens_{burst * unit};  // in thousandths of an operation
};

}  // namespace cachekit::io
