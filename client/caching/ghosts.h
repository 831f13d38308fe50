// Which keys have left the cache of late: their fingerprints, in sets of four of which the oldest
// makes room. Eight bytes each.
//
//   slot | stamp 32 | fingerprint 32 |    0: empty
//
// A ghost counts for as long as fewer than `remembered` younger ones have come.

#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cachekit::caching {

class Ghosts {
 public:
  /// Makes room for about so many; those that were there are forgotten if that changes the size.
  void resize(std::size_t count) {
    const std::size_t slots = std::bit_ceil(std::max(count, least_slots));
    if (slots != slots_.size()) slots_.assign(slots, 0);
  }

  void add(std::uint64_t hash, std::size_t remembered) {
    remembered_ = static_cast<std::uint32_t>(remembered);
    const std::span<std::uint64_t> set = set_of(hash);
    const auto place = std::ranges::min_element(set, {}, [&](std::uint64_t slot) {
      return slot == 0 || fingerprint(slot) == fingerprint(hash) ? 0 : ~age(slot);
    });
    *place = (std::uint64_t{++stamp_} << 32) | fingerprint(hash);
  }

  /// Was it there? It is not any more.
  bool take(std::uint64_t hash) {
    for (std::uint64_t& slot : set_of(hash)) {
      if (slot == 0 || fingerprint(slot) != fingerprint(hash)) continue;
      const bool remembered = age(slot) < remembered_;
      slot = 0;
      return remembered;
    }
    return false;
  }

  std::size_t bytes() const { return slots_.size() * sizeof(std::uint64_t); }

 private:
  static constexpr std::size_t ways = 4;
  static constexpr std::size_t least_slots = 64;

  static std::uint32_t fingerprint(std::uint64_t slot_or_hash) {
    return static_cast<std::uint32_t>(slot_or_hash);
  }
  std::uint32_t age(std::uint64_t slot) const {
    return stamp_ - static_cast<std::uint32_t>(slot >> 32);
  }
  std::span<std::uint64_t> set_of(std::uint64_t hash) {
    const std::size_t set = (hash >> 20) & (slots_.size() / ways - 1);
    return std::span(slots_).subspan(set * ways, ways);
  }

  std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(least_slots, 0);
  std::uint32_t stamp_ = 0;
  std::uint32_t remembered_ = 0;
};

}  // namespace cachekit::caching
