// Counts of durations in fixed memory, with percentiles right to one percent.
//
// Buckets grow with the value, as in HdrHistogram: below 256 ns each nanosecond has its own; from
// there on every power of two is cut into 128 equal buckets, so a bucket is at most 1/128 of its
// values wide, and its middle at most 0.4 % from any of them. Durations beyond 2^40 ns (18 minutes)
// count as that. Recording is a few instructions; memory is 34 KiB.
//
// Thread rule: one thread at a time; give each thread its own and add them up.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cachekit::bench {

class LatencyHistogram {
 public:
  using Duration = std::chrono::nanoseconds;

  LatencyHistogram();

  /// Durations below zero count as zero.
  void record(Duration duration);

  void add(const LatencyHistogram& other);

  std::uint64_t count() const { return count_; }

  /// Exact; zero if nothing was recorded.
  Duration maximum() const { return maximum_; }
  Duration mean() const;

  /// The duration that `percent` (0 to 100) of the recorded ones do not exceed.
  Duration percentile(double percent) const;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  double sum_ns_ = 0;
  Duration maximum_{0};
};

}  // namespace cachekit::bench
