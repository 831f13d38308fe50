// What one thread saw, and the sum of what all saw.
//
// Thread rule: Measurements one thread at a time; LiveCounters are written by one and read by any.

#pragma once

#include <cachekit/latency_histogram.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

namespace cachekit::bench {

struct Measurements {
  FineLatencyHistogram get_latency;
  FineLatencyHistogram set_latency;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::map<std::string, std::uint64_t> errors;  ///< By code's name, or wrong_value.
  std::string first_error;                      ///< The first error's sentence.

  std::uint64_t operations() const { return get_latency.count() + set_latency.count(); }
  std::uint64_t error_count() const;

  /// Of the GETs that were answered; 0 without any.
  double hit_ratio() const;

  FineLatencyHistogram all_latency() const;
  void add(const Measurements& other);
};

/// For the progress line. On a cache line of its own, so that threads do not slow each other.
struct alignas(64) LiveCounters {
  std::atomic<std::uint64_t> operations{0};
  std::atomic<std::uint64_t> hits{0};
  std::atomic<std::uint64_t> misses{0};
  std::atomic<std::uint64_t> errors{0};
};

}  // namespace cachekit::bench
