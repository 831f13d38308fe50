// A rate over the last second or two, from a counter that is sampled now and then.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace cachekit::node {

class RateMeter {
 public:
  /// Samples averaged; at ten a second they span Redis's 1.6 seconds.
  static constexpr std::size_t sample_count = 16;

  /// `total` only grows. Calls with the time of the one before are ignored.
  void sample(std::uint64_t total, std::int64_t monotonic_ms) {
    if (started_ && monotonic_ms > last_ms_) {
      rates_[next_] =
          (total - last_total_) * 1000 / static_cast<std::uint64_t>(monotonic_ms - last_ms_);
      next_ = (next_ + 1) % sample_count;
    } else if (started_) {
      return;
    }
    started_ = true;
    last_total_ = total;
    last_ms_ = monotonic_ms;
  }

  std::uint64_t per_second() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t rate : rates_) sum += rate;
    return sum / sample_count;
  }

 private:
  std::array<std::uint64_t, sample_count> rates_{};
  std::size_t next_ = 0;
  bool started_ = false;
  std::uint64_t last_total_ = 0;
  std::int64_t last_ms_ = 0;
};

}  // namespace cachekit::node
