// When requests are due in an open loop: at a steady rate, whether or not the cluster keeps up.
//
// Latency counted from the due time contains the wait that a stalled cluster causes to the requests
// behind the stalled one. A loop that measures from the time of sending leaves that out
// ("coordinated omission").
//
// Values; no thread rule.

#pragma once

#include <chrono>
#include <cstdint>

namespace cachekit::bench {

class ArrivalSchedule {
 public:
  using Clock = std::chrono::steady_clock;

  /// `per_second` requests for all threads together, dealt out in turn: this is the schedule of
  /// thread `thread` among `threads`.
  ArrivalSchedule(Clock::time_point start, double per_second, unsigned thread, unsigned threads)
      : start_(start), per_second_(per_second), thread_(thread), threads_(threads) {}

  /// When this thread's request `index` (0, 1, …) is due. Computed afresh from the start, so that
  /// rounding does not add up.
  Clock::time_point due(std::uint64_t index) const {
    const double place = static_cast<double>(index) * threads_ + thread_;
    return start_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(place / per_second_));
  }

 private:
  Clock::time_point start_;
  double per_second_;
  unsigned thread_;
  unsigned threads_;
};

}  // namespace cachekit::bench
