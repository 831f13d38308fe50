// The hash circle: which shard owns a key.
//
// A shard of weight w owns round(points × w) points. Point i of a shard is XXH3-64 of its name, a
// zero byte and i as four little-endian bytes; a key belongs to the first point not below its own
// hash, wrapping round. Where two shards share a point, the smaller name has it. So any language
// that has XXH3 can agree; tests/unit/protocol/ring_vectors.h has the test vectors.
//
// A lookup reads the index entry for the hash's top bits, which names the first point at or after
// them, and steps forward; there are at least as many index entries as points, so it steps about
// once. Cost: 16 bytes a point or a little more, and two cache misses a lookup at worst.
//
// Immutable once built, so any number of threads may read one Ring.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "protocol/key_hash.h"

namespace cachekit::protocol {

struct RingMember {
  std::string name;
  double weight = 1.0;
};

class Ring {
 public:
  /// 4096 points keep the fullest of ten equal shards within 5 % of the mean for nearly every set
  /// of names; the classic 150 leave it at about 20 %.
  static constexpr std::uint32_t default_points = 4096;

  /// Refuses, with a sentence: no members, an empty or repeated name, a weight that is not a
  /// positive finite number or rounds to no point at all, and more than max_ring_points in all.
  static tl::expected<Ring, std::string> build(const std::vector<RingMember>& members,
                                               std::uint32_t points = default_points);

  /// The index, in the order given to build(), of the member that owns the key.
  std::uint32_t member_of(std::string_view key) const { return member_at(key_hash(key)); }

  /// The same for a position on the circle.
  std::uint32_t member_at(std::uint64_t position) const;

  std::size_t point_count() const { return positions_.size(); }

 private:
  Ring() = default;

  std::vector<std::uint64_t> positions_;  // ascending
  std::vector<std::uint32_t> owners_;     // owners_[i] owns positions_[i]
  std::vector<std::uint32_t> index_;      // top bits -> first point not below them
  int index_shift_ = 0;
};

}  // namespace cachekit::protocol
