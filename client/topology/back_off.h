// Pauses before one tries again what has failed: each between half of a bound and the bound, which
// doubles up to a limit. A thousand clients that have lost the same peer at the same instant do not
// come back at the same instant.
//
// Pure but for its chance, of which the seed decides. Not thread-safe.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace cachekit::topology {

class BackOff {
 public:
  BackOff(std::chrono::milliseconds first, std::chrono::milliseconds limit, std::uint64_t seed)
      : first_(first), limit_(limit), bound_(first), random_(mixed(seed)) {}

  std::chrono::milliseconds next() {
    std::uniform_int_distribution<std::int64_t> pause((bound_.count() + 1) / 2, bound_.count());
    bound_ = std::min(2 * bound_, limit_);
    return std::chrono::milliseconds(pause(random_));
  }

  /// The next pause is one of the first again.
  void reset() { bound_ = first_; }

 private:
  /// Neighbouring seeds would begin with neighbouring numbers.
  static std::minstd_rand::result_type mixed(std::uint64_t seed) {
    constexpr std::uint64_t golden_ratio = 0x9e3779b97f4a7c15;
    return static_cast<std::minstd_rand::result_type>((seed * golden_ratio) >> 33);
  }

  std::chrono::milliseconds first_;
  std::chrono::milliseconds limit_;
  std::chrono::milliseconds bound_;
  std::minstd_rand random_;
};

}  // namespace cachekit::topology
