// A running estimate of a quantile, in O(1) of time and space: each value moves it a little, up if
// the value was above, down if below, in the proportion at which the two balance.
//
// Thread rule: any thread; of two at once one may be lost.

#pragma once

#include <algorithm>
#include <atomic>

#include "client/io/clock.h"

namespace cachekit::io {

class Quantile {
 public:
  /// `share` of the values are below it, in per cent.
  explicit constexpr Quantile(int share) : share_(share) {}

  void note(Duration value) {
    const Duration::rep before = estimate_.load(std::memory_order_relaxed);
    if (before == 0) return estimate_.store(value.count(), std::memory_order_relaxed);
    const Duration::rep step = std::max<Duration::rep>(before / 32, 100);
    const Duration::rep change =
        value.count() > before ? step * share_ / 100 : -step * (100 - share_) / 100;
    estimate_.store(std::max<Duration::rep>(before + change, 1), std::memory_order_relaxed);
  }

  /// Zero before the first value.
  Duration estimate() const { return Duration(estimate_.load(std::memory_order_relaxed)); }

 private:
  const int share_;
  std::atomic<Duration::rep> estimate_{0};
};

}  // namespace cachekit::io
