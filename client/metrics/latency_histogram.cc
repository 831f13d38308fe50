#include "cachekit/latency_histogram.h"

#include <cmath>
#include <functional>

namespace cachekit {

template <unsigned precision_bits>
BasicLatencyHistogram<precision_bits>::BasicLatencyHistogram() : buckets_(Buckets::count) {}

template <unsigned precision_bits>
void BasicLatencyHistogram<precision_bits>::record(Duration duration) {
  duration = std::max(duration, Duration(0));
  const auto value_ns = static_cast<std::uint64_t>(duration.count());
  ++buckets_[Buckets::of(value_ns)];
  ++count_;
  sum_ns_ += static_cast<double>(value_ns);
  maximum_ = std::max(maximum_, duration);
}

template <unsigned precision_bits>
void BasicLatencyHistogram<precision_bits>::merge(const BasicLatencyHistogram& other) {
  std::transform(buckets_.begin(), buckets_.end(), other.buckets_.begin(), buckets_.begin(),
                 std::plus<>());
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  maximum_ = std::max(maximum_, other.maximum_);
}

template <unsigned precision_bits>
std::chrono::duration<double> BasicLatencyHistogram<precision_bits>::sum() const {
  return std::chrono::duration<double, std::nano>(sum_ns_);
}

template <unsigned precision_bits>
auto BasicLatencyHistogram<precision_bits>::mean() const -> Duration {
  if (count_ == 0) return Duration(0);
  return Duration(std::llround(sum_ns_ / static_cast<double>(count_)));
}

template <unsigned precision_bits>
auto BasicLatencyHistogram<precision_bits>::quantile(double q) const -> Duration {
  const double wanted = std::ceil(q * static_cast<double>(count_));
  const auto rank = static_cast<std::uint64_t>(std::max(1.0, wanted));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    // The middle of the last bucket may lie beyond what was recorded.
    if (seen >= rank) {
      return std::min(maximum_, Duration(static_cast<std::int64_t>(Buckets::middle_of(bucket))));
    }
  }
  return maximum_;
}

template <unsigned precision_bits>
std::uint64_t BasicLatencyHistogram<precision_bits>::count_up_to(Duration bound) const {
  if (bound < Duration(0)) return 0;
  const auto bound_ns = static_cast<std::uint64_t>(bound.count());
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    if (Buckets::middle_of(bucket) > bound_ns) break;
    seen += buckets_[bucket];
  }
  return seen;
}

template class BasicLatencyHistogram<4>;
template class BasicLatencyHistogram<7>;

}  // namespace cachekit
