// What the near-cache holds: values with their expiry and their source, bounded in bytes, read
// without locks. Pure: time is an argument, and whoever knows the cluster says which entries are
// still their keys' own.
//
// Every entry remembers the layout of the cluster, a number that rises when keys get another
// primary, in which its source was known to be right. In the next layout it has to be confirmed
// before it is served.
//
// Cost: a hit takes no lock, allocates nothing and, once its key is known to be in use, writes to
// no line that other processors use. The bound holds for all that is in the table, the table and
// the ghosts; not for the few entries that readers are just leaving, of which there are never more
// than a sixteenth of the bytes, nor for those that SharedValues hold.
//
// Thread rule: any thread.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "client/caching/shard.h"
#include "protocol/key_hash.h"

namespace cachekit::caching {

enum class Found : std::uint8_t {
  hit,
  miss,
  unconfirmed,  ///< Good, if its source is still the key's: see confirm().
};

/// Of a fill, from before the value is asked for.
struct FillToken {
  Source* source = nullptr;
  std::uint64_t hash = 0;
  std::uint32_t invalidations = 0;
  std::uint32_t generation = 0;
  std::uint32_t layout = 0;
};

/// What a node has answered.
struct FillValue {
  std::string_view bytes;
  bool absent = false;  ///< There is no such key.
  io::Time expires = io::Time::max();
};

class NearStore {
 public:
  explicit NearStore(std::size_t capacity_bytes);

  /// Calls visit(Entry&) on a hit.
  template <class Visitor>
  Found find(std::string_view key, io::Time now, std::uint32_t layout, Visitor&& visit) {
    const std::uint64_t hash = protocol::hash_bytes(key);
    Readers::Visit reading(readers_);
    Entry* const entry = shard_of(hash).find(key, hash);
    if (entry == nullptr || !entry->is_good_at(now)) return Found::miss;
    const std::uint32_t confirmed = entry->layout.load(std::memory_order_acquire);
    if (confirmed != layout) return confirmed + 1 == layout ? Found::unconfirmed : Found::miss;
    reading.note_hit();
    entry->note_use();
    std::forward<Visitor>(visit)(*entry);
    return Found::hit;
  }

  /// The key belongs to this source in this layout.
  void confirm(std::string_view key, const Source& source, std::uint32_t layout);

  /// Before the value is asked for.
  FillToken begin_fill(std::string_view key, Source& source, std::uint32_t layout) const;

  /// When it is there. Void if an invalidation has come since the token was made.
  FillOutcome end_fill(const FillToken& token, std::string_view key, const FillValue& value,
                       io::Time now);

  /// For tests of what that guard is good for.
  void never_void_fills() { voids_fills_ = false; }

  /// Drops the key and voids its fills. True if it was there.
  bool invalidate(std::string_view key);

  /// Frees some of what is dead, as when a source has dropped all. True if more is to be looked at.
  bool sweep_step(io::Time now);

  std::size_t entries() const;
  std::size_t bytes() const;
  std::uint64_t hits() const { return readers_.hits(); }

 private:
  static constexpr std::size_t most_shards = 16;
  static constexpr std::size_t least_shard_bytes = std::size_t{1} << 20;
  static constexpr std::size_t retired_part = 16;
  static constexpr std::size_t buckets_per_sweep = 512;

  std::size_t largest_entry_bytes() const {
    return capacity_bytes_ / shards_.size() / StoreShard::largest_part;
  }
  static std::size_t shards_for(std::size_t capacity_bytes);

  StoreShard& shard_of(std::uint64_t hash) const {
    return *shards_[(hash >> 56) & (shards_.size() - 1)];
  }

  const std::size_t capacity_bytes_;
  mutable Readers readers_;
  std::vector<std::unique_ptr<StoreShard>> shards_;  // a power of two
  bool voids_fills_ = true;

  std::size_t swept_shard_ = 0;
  std::size_t swept_buckets_ = 0;
};

}  // namespace cachekit::caching
