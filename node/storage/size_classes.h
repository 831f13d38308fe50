// Which sizes of slots there are.
//
//   16, 18, 20, … 1024          steps of 2
//   1032, 1040, … 2048          steps of 8, and so on: 128 steps for each doubling
//
// So a slot is at most one byte too large for an entry up to 1 KiB and 0.8 % for larger ones. That
// close spacing is cheap, since a class wastes half a page, not half a slab (slots.h).

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace cachekit::node::storage {

inline constexpr std::size_t smallest_slot_bytes = 16;
inline constexpr std::size_t largest_slot_bytes = std::size_t{128} << 10;

namespace size_classes {

inline constexpr std::size_t fine_limit_bytes = 1024;
inline constexpr std::size_t fine_step_bytes = 2;
inline constexpr std::size_t steps_per_doubling = 128;
inline constexpr std::size_t fine_count =
    (fine_limit_bytes - smallest_slot_bytes) / fine_step_bytes + 1;
inline constexpr std::size_t doublings = 7;  // 1 KiB to 128 KiB
inline constexpr std::size_t count = fine_count + doublings * steps_per_doubling;

/// The class of the smallest slot that holds so many bytes, which are at most largest_slot_bytes.
constexpr std::size_t of(std::size_t bytes) {
  if (bytes <= smallest_slot_bytes) return 0;
  if (bytes <= fine_limit_bytes) {
    return (bytes - smallest_slot_bytes + fine_step_bytes - 1) / fine_step_bytes;
  }
  const auto doubling = static_cast<std::size_t>(std::bit_width(bytes - 1)) - 11;
  const std::size_t base = fine_limit_bytes << doubling;
  const std::size_t step = base / steps_per_doubling;
  return fine_count + doubling * steps_per_doubling + (bytes - base + step - 1) / step - 1;
}

constexpr std::size_t slot_bytes(std::size_t size_class) {
  if (size_class < fine_count) return smallest_slot_bytes + size_class * fine_step_bytes;
  const std::size_t doubling = (size_class - fine_count) / steps_per_doubling;
  const std::size_t steps = (size_class - fine_count) % steps_per_doubling + 1;
  const std::size_t base = fine_limit_bytes << doubling;
  return base + steps * (base / steps_per_doubling);
}

static_assert(of(16) == 0 && of(17) == 1 && of(1024) == fine_count - 1);
static_assert(slot_bytes(of(1025)) == 1032 && slot_bytes(of(2048)) == 2048);
static_assert(slot_bytes(of(2049)) == 2064 && of(largest_slot_bytes) == count - 1);

}  // namespace size_classes
}  // namespace cachekit::node::storage
