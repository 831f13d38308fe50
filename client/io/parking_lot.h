// Where threads sleep until others have something for them, woken in groups: with one system call
// for up to 32 of them, since waking is most of what a shared connection costs.
//
// A sleeper has a bit of a row. Rows are filled one after the other, so that those whose requests
// leave together, and so are answered together, share one. If more sleep than there are bits, some
// wake for nothing and look again.
//
// Thread rule: any thread.

#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>

#include "client/io/clock.h"

namespace cachekit::io {

class ParkingLot {
 public:
  static constexpr std::size_t row_count = 32;
  static constexpr std::size_t places_in_a_row = 32;

  struct Place {
    std::uint8_t row;
    std::uint32_t bit;
  };

  Place next_place() {
    const std::uint32_t number = given_out_.fetch_add(1, std::memory_order_relaxed);
    return {static_cast<std::uint8_t>(number / places_in_a_row % row_count),
            std::uint32_t{1} << (number % places_in_a_row)};
  }

  /// Returns when `is_over()`, which whoever wakes has brought about before, or at the time.
  template <class Predicate>
  void sleep_until(Place place, Time time, Predicate is_over) {
    std::atomic<std::uint32_t>& row = rows_[place.row];
    const timespec at = time_left(Time(), time);
    for (bool late = false; !late;) {
      const std::uint32_t turn = row.load(std::memory_order_acquire);
      if (is_over()) return;
      late =
          syscall(SYS_futex, &row, FUTEX_WAIT_BITSET_PRIVATE, turn, &at, nullptr, place.bit) != 0 &&
          errno == ETIMEDOUT;
    }
  }

  /// Wakes those of the row that have one of the bits.
  void wake(std::size_t row, std::uint32_t bits) {
    rows_[row].fetch_add(1, std::memory_order_release);
    syscall(SYS_futex, &rows_[row], FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, nullptr, nullptr, bits);
  }

 private:
  std::array<std::atomic<std::uint32_t>, row_count> rows_{};  // how often somebody was woken there
  std::atomic<std::uint32_t> given_out_{0};
};

}  // namespace cachekit::io
