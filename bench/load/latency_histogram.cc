#include "bench/load/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

namespace cachekit::bench {
namespace {

// log2 of the buckets that a power of two is cut into.
constexpr unsigned precision_bits = 7;
constexpr unsigned largest_bits = 40;
constexpr std::uint64_t buckets_per_power = std::uint64_t{1} << precision_bits;
constexpr std::uint64_t largest_ns = (std::uint64_t{1} << largest_bits) - 1;

// A value keeps its highest eight bits; `shift` counts those it loses. The first two runs of
// buckets, for shift 0, are exact.
std::size_t bucket_of(std::uint64_t value_ns) {
  const auto width = static_cast<unsigned>(std::bit_width(value_ns));
  const unsigned shift = width > precision_bits + 1 ? width - precision_bits - 1 : 0;
  return shift * buckets_per_power + (value_ns >> shift);
}

std::uint64_t middle_of(std::size_t bucket) {
  if (bucket < 2 * buckets_per_power) return bucket;
  const std::uint64_t shift = bucket / buckets_per_power - 1;
  const std::uint64_t top = bucket - shift * buckets_per_power;
  return (top << shift) + (std::uint64_t{1} << shift) / 2;
}

}  // namespace

LatencyHistogram::LatencyHistogram() : buckets_(bucket_of(largest_ns) + 1) {}

void LatencyHistogram::record(Duration duration) {
  duration = std::max(duration, Duration(0));
  const auto value_ns = static_cast<std::uint64_t>(duration.count());
  ++buckets_[bucket_of(std::min(value_ns, largest_ns))];
  ++count_;
  sum_ns_ += static_cast<double>(value_ns);
  maximum_ = std::max(maximum_, duration);
}

void LatencyHistogram::add(const LatencyHistogram& other) {
  std::transform(buckets_.begin(), buckets_.end(), other.buckets_.begin(), buckets_.begin(),
                 std::plus<>());
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  maximum_ = std::max(maximum_, other.maximum_);
}

LatencyHistogram::Duration LatencyHistogram::mean() const {
  if (count_ == 0) return Duration(0);
  return Duration(std::llround(sum_ns_ / static_cast<double>(count_)));
}

LatencyHistogram::Duration LatencyHistogram::percentile(double percent) const {
  const double wanted = std::ceil(percent / 100.0 * static_cast<double>(count_));
  const auto rank = static_cast<std::uint64_t>(std::max(1.0, wanted));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    // The middle of the last bucket may lie beyond what was recorded.
    if (seen >= rank) {
      return std::min(maximum_, Duration(static_cast<std::int64_t>(middle_of(bucket))));
    }
  }
  return maximum_;
}

}  // namespace cachekit::bench
