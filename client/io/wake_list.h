// Sleepers to be woken once a lock is free. One thread.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "client/io/parking_lot.h"

namespace cachekit::io {

class WakeList {
 public:
  explicit WakeList(ParkingLot& lot) : lot_(lot) {}
  WakeList(const WakeList&) = delete;
  WakeList& operator=(const WakeList&) = delete;
  ~WakeList() { wake_all(); }

  void add(std::optional<ParkingLot::Place> sleeper) {
    if (!sleeper) return;
    bits_[sleeper->row] |= sleeper->bit;
    any_ = true;
  }

  /// To be woken before the others: it has work to do for them.
  void add_first(std::optional<ParkingLot::Place> sleeper) { first_ = sleeper; }

  void wake_all() {
    if (first_) lot_.wake(first_->row, first_->bit);
    first_.reset();
    if (!any_) return;
    for (std::size_t row = 0; row < bits_.size(); ++row) {
      if (bits_[row] != 0) lot_.wake(row, bits_[row]);
    }
    bits_ = {};
    any_ = false;
  }

 private:
  ParkingLot& lot_;
  std::optional<ParkingLot::Place> first_;
  std::array<std::uint32_t, ParkingLot::row_count> bits_{};
  bool any_ = false;
};

}  // namespace cachekit::io
