// How long a node takes to answer, of late. Any thread.

#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "client/io/clock.h"
#include "client/io/quantile.h"

namespace cachekit::io {

class Latency {
 public:
  /// A failure counts like an answer that took so long, or as long as it took if that was more.
  static constexpr Duration failure = std::chrono::milliseconds(50);

  void note(Duration took) {
    median_.note(took);
    p95_.note(took);
    const Duration before = smoothed();
    // Two threads at once may lose one of the two: it is an average.
    smoothed_.store((before == Duration::zero() ? took : before + (took - before) / weight).count(),
                    std::memory_order_relaxed);
  }
  void note_failure(Duration took) { note(std::max(took, failure)); }

  /// A job that was given up; one that was hedged has taken so long at least, and no more is known.
  void note_given_up(Duration took, bool hedged) { hedged ? note(took) : note_failure(took); }

  /// The newest answers count most; zero if there was none.
  Duration smoothed() const { return Duration(smoothed_.load(std::memory_order_relaxed)); }

  /// Estimates.
  Duration median() const { return median_.estimate(); }
  Duration p95() const { return p95_.estimate(); }

 private:
  static constexpr int weight = 8;

  std::atomic<Duration::rep> smoothed_{0};
  Quantile median_{50};
  Quantile p95_{95};
};

}  // namespace cachekit::io
