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
      : first_(first), limit_(limit), bound_(first), random_(seed) {}

  std::chrono::milliseconds next() {
    std::uniform_int_distribution<std::int64_t> pause((bound_.count() + 1) / 2, bound_.count());
    bound_ = std::min(2 * bound_, limit_);
    return std::chrono::milliseconds(pause(random_));
  }

  /// The next pause is one of the first again.
  void reset() { bound_ = first_; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds limit_;
  std::chrono::milliseconds bound_;
  std::mt19937_64 random_;
};

}  // namespace cachekit::topology
