// How long a node takes to answer, of late. Any thread.

#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "client/io/clock.h"

namespace cachekit::io {

class Latency {
 public:
  /// A failure counts like an answer that took so long, or as long as it took if that was more.
  static constexpr Duration failure = std::chrono::milliseconds(50);

  void note(Duration took) {
    const Duration before = smoothed();
    // Two threads at once may lose one of the two: it is an average.
    smoothed_.store((before == Duration::zero() ? took : before + (took - before) / weight).count(),
                    std::memory_order_relaxed);
  }
  void note_failure(Duration took) { note(std::max(took, failure)); }

  /// The newest answers count most; zero if there was none.
  Duration smoothed() const { return Duration(smoothed_.load(std::memory_order_relaxed)); }

 private:
  static constexpr int weight = 8;

  std::atomic<Duration::rep> smoothed_{0};
};

}  // namespace cachekit::io
