// Counts of durations in fixed memory, with quantiles of a known relative error.
//
// Buckets grow with the value, as in HdrHistogram (http://hdrhistogram.org): below 2^(p+1)
// nanoseconds each nanosecond has its own; from there on every power of two is cut into 2^p equal
// buckets. So a bucket is at most 1/2^p of its values wide, and its middle, which stands for all of
// them, at most 1/2^(p+1) from any. Durations beyond 2^40 ns (18 minutes) count as that.
//
//   value   1 0 1 1 0 1 1 0 1 1      p = 4: the highest five bits say which bucket
//           └───────┘
//
// Thread rule: one thread at a time; give each thread its own and merge them.

#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cachekit {

namespace metrics {
class LatencyRecorder;
}

/// Which bucket a duration belongs to. Pure.
template <unsigned precision_bits>
struct LatencyBuckets {
  static constexpr unsigned largest_bits = 40;
  static constexpr std::uint64_t buckets_per_power = std::uint64_t{1} << precision_bits;
  static constexpr std::uint64_t largest_ns = (std::uint64_t{1} << largest_bits) - 1;

  /// `shift` counts the bits that a value loses. The first two runs of buckets, for shift 0, are
  /// exact.
  static constexpr std::size_t of(std::uint64_t value_ns) {
    value_ns = std::min(value_ns, largest_ns);
    const auto width = static_cast<unsigned>(std::bit_width(value_ns));
    const unsigned shift = width > precision_bits + 1 ? width - precision_bits - 1 : 0;
    return shift * buckets_per_power + (value_ns >> shift);
  }

  static constexpr std::uint64_t middle_of(std::size_t bucket) {
    if (bucket < 2 * buckets_per_power) return bucket;
    const std::uint64_t shift = bucket / buckets_per_power - 1;
    const std::uint64_t top = bucket - shift * buckets_per_power;
    return (top << shift) + (std::uint64_t{1} << shift) / 2;
  }

  static constexpr std::size_t count = of(largest_ns) + 1;
};

template <unsigned precision_bits>
class BasicLatencyHistogram {
 public:
  using Duration = std::chrono::nanoseconds;
  using Buckets = LatencyBuckets<precision_bits>;

  /// No quantile is further than this part of itself from the exact one.
  static constexpr double relative_error = 0.5 / static_cast<double>(Buckets::buckets_per_power);

  BasicLatencyHistogram();

  /// Durations below zero count as zero.
  void record(Duration duration);

  /// Adds what another one has counted.
  void merge(const BasicLatencyHistogram& other);

  std::uint64_t count() const { return count_; }

  /// Exact; zero if nothing was recorded.
  std::chrono::duration<double> sum() const;
  Duration mean() const;
  Duration maximum() const { return maximum_; }

  /// The duration that a share `q` (0 to 1) of the recorded ones do not exceed; zero if nothing was
  /// recorded.
  Duration quantile(double q) const;

  /// How many were not longer than this, where what lies in the same bucket as the bound counts if
  /// the bucket's middle does.
  std::uint64_t count_up_to(Duration bound) const;

 private:
  friend class metrics::LatencyRecorder;

  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  double sum_ns_ = 0;
  Duration maximum_{0};
};

/// Right to 3.2 %, in 5 KiB: what a client counts by.
using LatencyHistogram = BasicLatencyHistogram<4>;

/// Right to 0.4 %, in 34 KiB: for measuring.
using FineLatencyHistogram = BasicLatencyHistogram<7>;

extern template class BasicLatencyHistogram<4>;
extern template class BasicLatencyHistogram<7>;

}  // namespace cachekit
