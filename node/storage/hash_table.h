// Finds entries by key: linear hashing with chains.
//
// The table has any number of buckets, not only powers of two. With 2^L <= buckets < 2^(L+1), an
// entry's bucket is the low L+1 bits of its hash, or the low L bits where no such bucket exists
// yet. An insertion that raises the load above 1 splits one bucket, a removal that lowers it below
// 1/4 merges a few: no operation ever moves more than those.
//
// An entry's position is its hash read backwards, cut to 48 bits; it depends on nothing else. Each
// bucket holds one interval of positions, a split halves it, a merge joins it again. So a walk by
// position needs no more than a number to go on from, and meets each entry that stays exactly
// once, whatever was split and merged in between.
//
// Cost: 8 bytes a bucket; a lookup reads the bucket and 1.5 entries on average at most.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "node/storage/entry.h"
#include "node/storage/segmented_array.h"

namespace cachekit::node::storage {

class HashTable {
 public:
  using Position = std::uint64_t;

  /// Enough for any table, and cursors that every client's integers can hold.
  static constexpr int position_bits = 48;

  HashTable();

  static std::uint64_t hash(std::string_view key);
  static Position position(std::uint64_t hash);

  Entry* find(std::string_view key, std::uint64_t hash) const;

  /// The key is not there yet.
  void insert(Entry* entry);
  void remove(Entry* entry);

  /// Puts `fresh` where `old`, with the same key, was.
  void replace(Entry* old, Entry* fresh);

  /// Calls visit(Entry&) for those of one bucket that stand at `from` or behind; returns the
  /// position where the next bucket starts, 0 behind the last.
  template <typename Visit>
  Position visit_bucket(Position from, const Visit& visit) const;

  /// The entry that two random numbers point at; nullptr if their bucket is empty.
  Entry* pick(std::uint64_t bucket_number, std::uint64_t entry_number) const;

  /// Merges a bucket if there are too many of them; false if there are not.
  bool shrink_step();
  bool too_sparse() const { return buckets_.size() > 1 && size_ < buckets_.size() / 4; }

  std::size_t size() const { return size_; }
  std::size_t bucket_count() const { return buckets_.size(); }
  std::size_t bytes() const { return buckets_.bytes(); }

  /// At least what the next `count` insertions add to bytes().
  std::size_t bytes_to_insert(std::size_t count) const {
    return size_ + count > buckets_.size() ? buckets_.bytes_to_push(count) : 0;
  }

  /// Takes the buckets away, for whoever frees them, and starts again empty.
  SegmentedArray<Entry*> take_buckets();

 private:
  std::size_t bucket_of(std::uint64_t hash) const;
  std::size_t bucket_at(Position position) const;
  Position end_of(std::size_t bucket) const;
  Entry** link_to(const Entry* entry);
  void split_step();

  SegmentedArray<Entry*> buckets_;
  std::uint64_t mask_ = 1;  // 2^(L+1) - 1
  std::size_t size_ = 0;
};

template <typename Visit>
HashTable::Position HashTable::visit_bucket(Position from, const Visit& visit) const {
  const std::size_t bucket = bucket_at(from);
  for (Entry* entry = buckets_[bucket]; entry != nullptr; entry = entry->chain) {
    if (position(entry->hash) >= from) visit(*entry);
  }
  return end_of(bucket);
}

}  // namespace cachekit::node::storage
