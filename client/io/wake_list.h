// Sleepers to be woken once a lock is free. One thread.

#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

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
    rows_ |= std::uint32_t{1} << sleeper->row;
  }

  /// To be woken before the others: it has work to do for them.
  void add_first(std::optional<ParkingLot::Place> sleeper) { first_ = sleeper; }

  void wake_all() {
    if (first_) lot_.wake(first_->row, first_->bit);
    first_.reset();
    for (; rows_ != 0; rows_ &= rows_ - 1) {
      const auto row = static_cast<std::size_t>(std::countr_zero(rows_));
      lot_.wake(row, std::exchange(bits_[row], 0));
    }
  }

 private:
  ParkingLot& lot_;
  std::optional<ParkingLot::Place> first_;
  std::array<std::uint32_t, ParkingLot::row_count> bits_{};
  std::uint32_t rows_ = 0;  // with such bits
  static_assert(ParkingLot::row_count <= 32);
};

}  // namespace cachekit::io
