// Buckets in the order of the hash, with linear probing.
//
// A key's position is the upper 48 bits of its hash, and its home the bucket that has its share of
// all positions: position × buckets / 2^48. An entry lies in its home or, if that is full, in the
// next bucket that has room. There are more buckets behind the last home, so probing never wraps
// round, and a removal draws later entries back towards their homes, so distances depend on what
// is there and not on what was.
//
// A lookup reads the home and as many more buckets as the home's reach says. At 88 % fill 91 % of
// the entries are at home, and the mean reach is 1.1 lines, which are adjacent; at 92 % it is 2.3.
// Expiry bounds are kept for groups of four homes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "node/storage/bucket.h"
#include "node/storage/entry.h"
#include "node/storage/expiry_bounds.h"
#include "node/storage/key_hasher.h"
#include "node/storage/pages.h"
#include "node/storage/slots.h"

namespace cachekit::node::storage {

/// Where a key stands among all keys: the upper bits of its hash, and nothing else.
using Position = std::uint64_t;

inline constexpr int position_bits = 48;
inline constexpr Position end_position = Position{1} << position_bits;

inline Position position_of(std::uint64_t hash) { return hash >> (64 - position_bits); }

__extension__ using Uint128 = unsigned __int128;

/// What the table needs of entries beside their handles.
struct EntryReader {
  const Slots* slots;
  const KeyHasher* hasher;
  const ExpiryClock* clock;

  std::string_view key(Handle handle) const { return entry_at(*slots, handle).key(); }
  std::uint64_t hash(Handle handle) const { return (*hasher)(key(handle)); }

  /// never_due if it does not expire.
  ExpiryTick due(Handle handle) const {
    const Entry entry = entry_at(*slots, handle);
    return entry.expires() ? clock->tick_of(entry.expire_at(*clock)) : never_due;
  }
};

class BucketArray {
 public:
  static constexpr std::size_t homes_per_group = 4;

  BucketArray() = default;
  explicit BucketArray(std::size_t homes);

  bool valid() const { return pages_.data() != nullptr; }
  std::size_t homes() const { return homes_; }
  std::size_t home_of(Position position) const {
    return static_cast<std::size_t>(static_cast<Uint128>(position) * homes_ >> position_bits);
  }
  /// The first position whose home it is, or end_position behind the last.
  Position start_of(std::size_t home) const;

  Handle find(std::string_view key, std::uint64_t hash, const EntryReader& reader) const;
  void prefetch(std::uint64_t hash) const {
    __builtin_prefetch(&bucket(home_of(position_of(hash))));
  }

  /// The first entry that find() would compare, for prefetching; no_handle if there is none.
  Handle candidate(std::uint64_t hash) const;

  /// How far from its home the entry now lies; nothing if all buckets within reach are full.
  std::optional<unsigned> insert(std::uint64_t hash, Handle handle);

  /// How many entries lie in one bucket, whatever their homes.
  unsigned entries_in(std::size_t number) const {
    return static_cast<unsigned>(std::popcount(bucket(number).taken_slots()));
  }

  /// The entry is there.
  void remove(std::uint64_t hash, Handle handle, const EntryReader& reader);
  void replace(std::uint64_t hash, Handle from, Handle to);

  /// Calls visit(handle) for each entry of a home.
  template <typename Visit>
  void for_each_of(std::size_t home, const EntryReader& reader, const Visit& visit) const;

  /// Calls visit(handle) for whatever lies in this one bucket. For prefetching.
  template <typename Visit>
  void for_each_in(std::size_t number, const Visit& visit) const {
    const Bucket& at = bucket(number);
    for_each_slot(at.taken_slots(), [&](unsigned slot) { visit(at.handles[slot]); });
  }

  /// Takes out all entries of a home without drawing others back. For emptying home by home.
  template <typename Visit>
  void drain(std::size_t home, const EntryReader& reader, const Visit& visit);

  ExpiryBounds& expiries() { return expiries_; }
  const ExpiryBounds& expiries() const { return expiries_; }

  /// Gives the pages of all buckets before this one back.
  void release_before(std::size_t home);

  /// What has been touched if everything up to this home was.
  std::size_t bytes_up_to(std::size_t home) const;

  /// Gives at most `bytes` back, for whoever no longer looks at it. False once nothing is left.
  bool release_step(std::size_t bytes);

 private:
  static std::uint8_t tag_of(std::uint64_t hash) {
    const auto tag = static_cast<std::uint8_t>(hash);
    return tag == 0 ? 1 : tag;
  }

  Bucket& bucket(std::size_t number) const {
    return reinterpret_cast<Bucket*>(pages_.data())[number];
  }

  struct Spot {
    std::size_t bucket;
    unsigned slot;
  };
  Spot spot_of(std::uint64_t hash, Handle handle) const;
  void lower_reach(std::size_t home, unsigned distance, const EntryReader& reader);
  bool has_at(std::size_t home, unsigned distance, const EntryReader& reader) const;
  void draw_back_into(Spot hole, const EntryReader& reader);
  std::size_t home_at(Spot spot, const EntryReader& reader) const;

  template <typename Visit>
  void for_each_spot_of(std::size_t home, const EntryReader& reader, const Visit& visit) const;

  PageRange pages_;
  std::size_t homes_ = 0;
  std::size_t released_bytes_ = 0;
  ExpiryBounds expiries_;
};

template <typename Visit>
void BucketArray::for_each_spot_of(std::size_t home, const EntryReader& reader,
                                   const Visit& visit) const {
  const unsigned reach = bucket(home).reach();
  for (unsigned distance = 0; distance <= reach; ++distance) {
    const std::size_t number = home + distance;
    for_each_slot(bucket(number).taken_slots(), [&](unsigned slot) {
      if (bucket(number).distance(slot) != std::min(distance, Bucket::far)) return;
      const Spot spot{number, slot};
      if (distance < Bucket::far || home_at(spot, reader) == home) visit(spot);
    });
  }
}

template <typename Visit>
void BucketArray::for_each_of(std::size_t home, const EntryReader& reader,
                              const Visit& visit) const {
  for_each_spot_of(home, reader, [&](Spot spot) { visit(bucket(spot.bucket).handles[spot.slot]); });
}

template <typename Visit>
void BucketArray::drain(std::size_t home, const EntryReader& reader, const Visit& visit) {
  for_each_spot_of(home, reader, [&](Spot spot) {
    Bucket& from = bucket(spot.bucket);
    const Handle handle = from.handles[spot.slot];
    from.clear(spot.slot);
    visit(handle);
  });
  bucket(home).set_reach(0);
}

}  // namespace cachekit::node::storage
