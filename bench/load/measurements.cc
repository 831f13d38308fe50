#include "bench/load/measurements.h"

namespace cachekit::bench {

std::uint64_t Measurements::error_count() const {
  std::uint64_t sum = 0;
  for (const auto& [name, count] : errors) sum += count;
  return sum;
}

double Measurements::hit_ratio() const {
  const std::uint64_t answered = hits + misses;
  return answered == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(answered);
}

FineLatencyHistogram Measurements::all_latency() const {
  FineLatencyHistogram all = get_latency;
  all.merge(set_latency);
  return all;
}

void Measurements::add(const Measurements& other) {
  get_latency.merge(other.get_latency);
  set_latency.merge(other.set_latency);
  hits += other.hits;
  misses += other.misses;
  for (const auto& [name, count] : other.errors) errors[name] += count;
  if (first_error.empty()) first_error = other.first_error;
}

}  // namespace cachekit::bench
