// The members of a large set, or the fields of a large hash with their values: linear hashing with
// chains.
//
// The table has any number of buckets. With 2^L <= buckets < 2^(L+1), a field's bucket is the low
// L+1 bits of its hash, or the low L bits where there is no such bucket yet. An insertion that
// raises the load above 1 splits one bucket, a removal that lowers it below 1/4 merges a few: no
// operation moves more than those, however large the table.
//
// A field's position is its hash read backwards, cut to 48 bits. Each bucket holds an interval of
// positions, a split halves it, a merge joins it again: so a walk by position needs no more than a
// number to go on from, and meets each field that stays exactly once.
//
// The hash is keyed, so that nobody who does not know the key can choose fields for one bucket.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "node/storage/collections/field_node.h"
#include "node/storage/key_hasher.h"
#include "node/storage/segmented_array.h"

namespace cachekit::node::storage {

class FieldTable {
 public:
  using Position = std::uint64_t;

  /// Cursors that every client's integers can hold.
  static constexpr int position_bits = 48;

  /// `seed` makes the hash one that nobody else knows.
  FieldTable(bool has_values, std::uint64_t seed);
  ~FieldTable();

  FieldTable(const FieldTable&) = delete;
  FieldTable& operator=(const FieldTable&) = delete;

  std::size_t size() const { return size_; }

  /// Buckets and nodes, as the allocator counts them.
  std::size_t bytes() const { return buckets_.bytes() + node_bytes_; }

  // What is given to store must not lie in the table itself. Views that are returned stay valid
  // until the next change.

  std::optional<FieldItem> find(std::string_view field) const;

  /// Adds the field or replaces its value; true if it is new.
  bool set(const FieldItem& item);

  bool remove(std::string_view field);

  /// Each with the same probability. `random` draws 64-bit numbers; the table is not empty.
  template <typename Random>
  FieldItem pick(Random&& random) const;

  /// Calls visit(FieldItem) for those of one bucket that stand at `from` or behind; returns where
  /// the next bucket starts, 0 behind the last.
  template <typename Visit>
  Position visit_bucket(Position from, const Visit& visit) const;

  /// Calls visit(FieldItem) for all, until it returns false.
  template <typename Visit>
  void visit_all(const Visit& visit) const;

  /// At least what set() adds to bytes().
  std::size_t predicted_bytes(const FieldItem& item) const;

  /// The same for the buckets that so many new fields need.
  std::size_t predicted_bucket_bytes(std::size_t fields) const {
    return buckets_.bytes_to_push(fields);
  }

  /// Frees a field or an empty page of buckets; false once nothing is left. Afterwards the table
  /// is good for nothing else.
  bool free_step();

 private:
  std::uint64_t hash(std::string_view field) const { return hasher_(field); }
  std::uint64_t hash(const FieldNode& node) const { return hash(node.item(has_values_).field); }
  std::size_t bucket_of(std::uint64_t hash) const;
  Position end_of(std::size_t bucket) const;
  FieldNode** find_link(std::string_view field);
  void replace(FieldNode** link, const FieldItem& item);
  void free_node(FieldNode* node);
  void note_length(const FieldNode* chain);
  void split_bucket();
  bool merge_bucket();

  static Position position(std::uint64_t hash);
  static std::uint64_t hash_bits(Position position);

  SegmentedArray<FieldNode*> buckets_;
  std::uint64_t mask_ = 1;  // 2^(L+1) - 1
  std::size_t size_ = 0;
  std::size_t node_bytes_ = 0;
  std::size_t longest_chain_ = 1;  // at least; it never shrinks
  KeyHasher hasher_;
  bool has_values_;
};

// A random place of a random chain that all chains are taken to have as long as the longest is: so
// each field has its place, and places without one are drawn again.
template <typename Random>
FieldItem FieldTable::pick(Random&& random) const {
  while (true) {
    const FieldNode* node = buckets_[random() % buckets_.size()];
    for (std::uint64_t place = random() % longest_chain_; node != nullptr; --place) {
      if (place == 0) return node->item(has_values_);
      node = node->next;
    }
  }
}

template <typename Visit>
FieldTable::Position FieldTable::visit_bucket(Position from, const Visit& visit) const {
  const std::size_t bucket = bucket_of(hash_bits(from));
  for (const FieldNode* node = buckets_[bucket]; node != nullptr; node = node->next) {
    if (position(hash(*node)) >= from) visit(node->item(has_values_));
  }
  return end_of(bucket);
}

template <typename Visit>
void FieldTable::visit_all(const Visit& visit) const {
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    for (const FieldNode* node = buckets_[i]; node != nullptr; node = node->next) {
      if (!visit(node->item(has_values_))) return;
    }
  }
}

}  // namespace cachekit::node::storage
