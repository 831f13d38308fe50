// What a thread that waits for its answers is doing, and where it sleeps meanwhile.
//
// Marks are set under the lock of whoever shares the parker; only the sleeping itself is outside.
// Once `finished` is set, the owner may be gone and nothing of the parker may be touched any more.

#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "client/io/clock.h"
#include "client/io/parking_lot.h"

namespace cachekit::io {

class Parker {
 public:
  enum Mark : std::uint32_t {
    awake,
    asleep,    ///< Or about to be.
    summoned,  ///< To read for all.
    finished,  ///< Final.
  };

  bool is_finished() const { return mark_.load(std::memory_order_acquire) == finished; }
  bool is_asleep() const { return mark_.load(std::memory_order_relaxed) == asleep; }
  bool is_summoned() const { return mark_.load(std::memory_order_relaxed) == summoned; }

  /// By the owner, under the lock.
  void wake_up() { mark_.store(awake, std::memory_order_relaxed); }
  void fall_asleep(ParkingLot& lot) {
    if (!place_) place_ = lot.next_place();
    mark_.store(asleep, std::memory_order_relaxed);
  }

  /// By the owner, asleep, without the lock: returns when another mark has been set, or at the
  /// time.
  void sleep_until(ParkingLot& lot, Time time) {
    lot.sleep_until(*place_, time, [&] { return mark_.load(std::memory_order_acquire) != asleep; });
  }

  /// By others: whom to wake once the lock is free, if the owner sleeps.
  std::optional<ParkingLot::Place> leave(Mark mark) {
    const std::optional<ParkingLot::Place> place = place_;
    if (mark_.exchange(mark, std::memory_order_release) != asleep) return std::nullopt;
    return place;
  }

 private:
  std::atomic<std::uint32_t> mark_{awake};
  std::optional<ParkingLot::Place> place_;
};

}  // namespace cachekit::io
