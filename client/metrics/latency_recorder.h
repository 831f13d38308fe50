// A latency histogram that any number of threads record into without a lock.
//
// Each processor counts in a stripe of its own, made when it is first needed, so that threads on
// different processors share no cache line; beyond `stripes` processors some do.
//
// Cost: two additions and, once, 5 KiB for a stripe.
//
// Thread rule: any thread. What is being recorded meanwhile may be missing, in part, from a look.

#pragma once

#include <sched.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "cachekit/latency_histogram.h"

namespace cachekit::metrics {

class LatencyRecorder {
 public:
  using Duration = std::chrono::nanoseconds;

  LatencyRecorder() = default;
  LatencyRecorder(const LatencyRecorder&) = delete;
  LatencyRecorder& operator=(const LatencyRecorder&) = delete;
  ~LatencyRecorder() {
    for (const auto& stripe : stripes_) delete stripe.load(std::memory_order_relaxed);
  }

  /// `times` durations of this length; those below zero count as zero.
  void record(Duration duration, std::uint64_t times = 1) {
    const auto value_ns = static_cast<std::uint64_t>(duration.count() > 0 ? duration.count() : 0);
    Stripe& stripe = stripe_of_processor();
    stripe.buckets[Buckets::of(value_ns)].fetch_add(times, std::memory_order_relaxed);
    stripe.sum_ns.fetch_add(value_ns * times, std::memory_order_relaxed);
    if (value_ns > stripe.maximum_ns.load(std::memory_order_relaxed))
      raise_maximum(stripe, value_ns);
  }

  std::uint64_t count() const {
    std::uint64_t count = 0;
    for_each_stripe([&](const Stripe& stripe) {
      for (const auto& bucket : stripe.buckets) count += bucket.load(std::memory_order_relaxed);
    });
    return count;
  }

  /// Adds what was recorded.
  void add_to(LatencyHistogram& histogram) const {
    for_each_stripe([&](const Stripe& stripe) {
      for (std::size_t i = 0; i < Buckets::count; ++i) {
        const std::uint64_t count = stripe.buckets[i].load(std::memory_order_relaxed);
        histogram.buckets_[i] += count;
        histogram.count_ += count;
      }
      histogram.sum_ns_ += static_cast<double>(stripe.sum_ns.load(std::memory_order_relaxed));
      const Duration maximum(stripe.maximum_ns.load(std::memory_order_relaxed));
      histogram.maximum_ = std::max(histogram.maximum_, maximum);
    });
  }

 private:
  static constexpr std::size_t stripes = 8;
  using Buckets = LatencyHistogram::Buckets;
  using Count = std::atomic<std::uint64_t>;

  /// Two lines, since processors fetch them in pairs.
  struct alignas(128) Stripe {
    Count sum_ns{0};
    Count maximum_ns{0};
    std::array<Count, Buckets::count> buckets{};
  };

  Stripe& stripe_of_processor() {
    const auto processor = static_cast<std::size_t>(static_cast<unsigned>(sched_getcpu()));
    std::atomic<Stripe*>& place = stripes_[processor % stripes];
    if (Stripe* const stripe = place.load(std::memory_order_acquire)) return *stripe;
    return make_stripe(place);
  }

  [[gnu::noinline]] static Stripe& make_stripe(std::atomic<Stripe*>& place) {
    auto* const made = new Stripe;
    Stripe* before = nullptr;
    if (place.compare_exchange_strong(before, made)) return *made;
    delete made;
    return *before;
  }

  [[gnu::noinline]] static void raise_maximum(Stripe& stripe, std::uint64_t value_ns) {
    std::uint64_t before = stripe.maximum_ns.load(std::memory_order_relaxed);
    while (before < value_ns &&
           !stripe.maximum_ns.compare_exchange_weak(before, value_ns, std::memory_order_relaxed)) {
    }
  }

  template <class Visit>
  void for_each_stripe(Visit visit) const {
    for (const auto& place : stripes_) {
      if (const Stripe* const stripe = place.load(std::memory_order_acquire)) visit(*stripe);
    }
  }

  std::array<std::atomic<Stripe*>, stripes> stripes_{};
};

}  // namespace cachekit::metrics
