// When a run ends: at its time, after its requests, or when somebody presses Ctrl-C.
//
// Thread rule: shared by all threads of a run.

#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>

namespace cachekit::bench {

class RunClock {
 public:
  using Clock = std::chrono::steady_clock;

  RunClock(Clock::time_point start, std::optional<double> duration_s)
      : start_(start), end_(end_of(start, duration_s)) {}

  Clock::time_point start() const { return start_; }
  bool over(Clock::time_point now) const {
    return now >= end_ || stopped_.load(std::memory_order_relaxed);
  }

  /// Returns earlier if the run ends.
  void sleep_until(Clock::time_point due) const {
    for (Clock::time_point now = Clock::now(); now < due && !over(now); now = Clock::now()) {
      std::this_thread::sleep_until(std::min({due, end_, now + nap}));
    }
  }

  void stop() { stopped_.store(true, std::memory_order_relaxed); }

 private:
  // How late a sleeping thread may notice stop().
  static constexpr std::chrono::milliseconds nap{100};

  static Clock::time_point end_of(Clock::time_point start, std::optional<double> duration_s) {
    if (!duration_s) return Clock::time_point::max();
    return start +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*duration_s));
  }

  Clock::time_point start_;
  Clock::time_point end_;
  std::atomic<bool> stopped_{false};
};

}  // namespace cachekit::bench
