// One cache line of the hash table: twelve slots, each a tag of eight bits and a handle.
//
//   | tag × 12 | distance × 12, 2 bits each | reach 8 bits | handle × 12 |
//
//   tag       eight bits of the key's hash, never 0; 0 in an empty slot
//   distance  how many buckets behind its home the entry lies; 3 means 3 or more
//   reach     of this bucket as a home: the greatest distance of its entries, rounded up to
//             multiples of 16 beyond 128

#pragma once

#include <emmintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "node/storage/slots.h"

namespace cachekit::node::storage {

struct alignas(64) Bucket {
  static constexpr unsigned slots = 12;
  static constexpr unsigned far = 3;
  static constexpr unsigned exact_reach = 128;
  static constexpr unsigned reach_step = 16;
  static constexpr unsigned longest_reach = exact_reach + 127 * reach_step;

  std::array<std::uint8_t, slots> tags;
  std::uint32_t distances_and_reach;
  std::array<Handle, slots> handles;

  /// One bit for each slot with this tag.
  unsigned matching(std::uint8_t tag) const {
    const __m128i line = _mm_load_si128(reinterpret_cast<const __m128i*>(this));
    const __m128i wanted = _mm_set1_epi8(static_cast<char>(tag));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(line, wanted))) & 0xfffU;
  }
  unsigned empty_slots() const { return matching(0); }
  unsigned taken_slots() const { return ~matching(0) & 0xfffU; }

  /// At most `far`.
  unsigned distance(unsigned slot) const { return distances_and_reach >> 2 * slot & 3U; }

  unsigned reach() const {
    const unsigned code = distances_and_reach >> 24;
    return code <= exact_reach ? code : exact_reach + (code - exact_reach) * reach_step;
  }
  void set_reach(unsigned reach) {
    const unsigned code = reach <= exact_reach
                              ? reach
                              : exact_reach + (reach - exact_reach + reach_step - 1) / reach_step;
    distances_and_reach = (distances_and_reach & 0xff'ffffU) | code << 24;
  }

  void put(unsigned slot, std::uint8_t tag, Handle handle, unsigned distance) {
    tags[slot] = tag;
    handles[slot] = handle;
    distances_and_reach &= ~(3U << 2 * slot);
    distances_and_reach |= std::min(distance, far) << 2 * slot;
  }
  void clear(unsigned slot) { put(slot, 0, no_handle, 0); }
};

static_assert(sizeof(Bucket) == 64);

/// Calls visit(slot) for each bit.
template <typename Visit>
void for_each_slot(unsigned bits, const Visit& visit) {
  for (; bits != 0; bits &= bits - 1) visit(static_cast<unsigned>(std::countr_zero(bits)));
}

}  // namespace cachekit::node::storage
