// Finds entries by key, and grows and shrinks in small steps.
//
// When the table becomes too full or too empty, a second array of buckets is begun, and the homes
// of the first move into it in the order of their positions, a few with every insertion or
// removal. Positions before the split are in the new array, the others in the old one, whose pages
// go back as the split passes them. So both together never take more than one array and a little.
//
//   old   |   released   |###########|        positions before the split: new
//   new   |##############|  untouched  |      the others: old
//
// Large tables grow by a twelfth: more moves for each insertion than doubling (13 against 1), but
// it is never less than 84.5 % full, and no step is ever larger than a few buckets.
//
// Who deletes keys in the order of a walk leaves one part of the table full and the other empty.
// So the table also grows when an entry has to go far from its home, and faster then; and before
// it shrinks it looks for its fullest part.
//
// A walk goes by position. What the table does to its arrays, and the store to its entries,
// changes no entry's position; so a walk needs a number to go on from and nothing else, and meets
// every entry that stays exactly once.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "node/storage/bucket_array.h"

namespace cachekit::node::storage {

class Table {
 public:
  /// What reads the entries must outlive the table.
  explicit Table(EntryReader reader);

  Handle find(std::string_view key, std::uint64_t hash) const {
    return array_of(position_of(hash)).find(key, hash, reader_);
  }
  void prefetch(std::uint64_t hash) const { array_of(position_of(hash)).prefetch(hash); }
  Handle candidate(std::uint64_t hash) const { return array_of(position_of(hash)).candidate(hash); }

  /// The key is not there yet. False, and nothing has changed, if the table cannot grow.
  [[nodiscard]] bool insert(std::uint64_t hash, Handle handle);

  /// The entry is there, and can still be read.
  void remove(std::uint64_t hash, Handle handle);

  /// The entry at `from` now lies at `to`.
  void replace(std::uint64_t hash, Handle from, Handle to) {
    array_of(position_of(hash)).replace(hash, from, to);
  }

  // Expiry.

  /// An entry with this hash expires at `tick`.
  void expires(std::uint64_t hash, ExpiryTick tick);

  ExpiryTick earliest_expiry() const;

  /// Calls visit(handle) for each entry of a group that holds something due at `now`, then takes
  /// from it the group's next tick, which must be after `now`. False if no group is due.
  template <typename Visit, typename NextTick>
  bool visit_due(ExpiryTick now, const Visit& visit, const NextTick& next_tick);

  // Walking.

  /// Calls visit(handle) for the entries of one home that stand at `from` or behind; returns the
  /// position where the next home starts, 0 behind the last.
  template <typename Visit>
  Position visit_home(Position from, const Visit& visit) const;

  // Size.

  /// So many keys are about to come. An empty table takes the size for them at once, and does not
  /// shrink before it has grown beyond, or until it is told that no more are coming.
  void expect(std::size_t keys);
  void expect_no_more() { shrink_below_ = any_size; }

  /// Goes on with growing or shrinking; false if the table does neither.
  bool step();

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return (growing_ ? next_ : current_).homes() * Bucket::slots; }
  std::size_t bytes() const;

  /// What the next insertion may add to bytes(), roughly and at most.
  std::size_t growth_bytes() const { return growing_ || too_full(1) ? page_bytes : 0; }

  /// Gives at most `bytes` back, for whoever no longer looks at it. False once nothing is left.
  bool release_step(std::size_t bytes) {
    return current_.release_step(bytes) || next_.release_step(bytes);
  }

 private:
  static constexpr std::size_t any_size = ~std::size_t{0};

  const BucketArray& array_of(Position position) const {
    return position < split_ ? next_ : current_;
  }
  BucketArray& array_of(Position position) { return position < split_ ? next_ : current_; }

  static void note_expiry(BucketArray& array, std::uint64_t hash, ExpiryTick tick);
  bool too_full(std::size_t more) const;
  bool too_empty() const;
  void resize_if_needed();
  void start_resize(std::size_t homes, int pace);
  bool measure();
  void shrink();
  bool move_homes();
  void move_home();
  void prefetch_home(std::size_t home) const;

  EntryReader reader_;
  BucketArray current_;
  BucketArray next_;
  Position split_ = 0;
  bool growing_ = false;  // or shrinking
  std::size_t moved_homes_ = 0;
  int pace_ = 0;  // homes moved at a time

  // Before it shrinks: how far the table has been measured, and its fullest window.
  bool measuring_ = false;
  std::size_t measured_ = 0;
  std::size_t fullest_window_ = 0;
  std::size_t shrink_below_ = any_size;  // entries; more were too dense somewhere

  std::size_t size_ = 0;
  std::uint64_t turn_ = 0;
};

template <typename Visit, typename NextTick>
bool Table::visit_due(ExpiryTick now, const Visit& visit, const NextTick& next_tick) {
  for (BucketArray* array : {&current_, &next_}) {
    if (!array->valid()) continue;
    const auto group = array->expiries().due(now, turn_ += 0x9e37'79b9'7f4a'7c15);
    if (!group) continue;
    const std::size_t first = *group * BucketArray::homes_per_group;
    const std::size_t end = std::min(first + BucketArray::homes_per_group, array->homes());
    for (std::size_t home = first; home < end; ++home) array->for_each_of(home, reader_, visit);
    array->expiries().set(*group, next_tick());
    return true;
  }
  return false;
}

template <typename Visit>
Position Table::visit_home(Position from, const Visit& visit) const {
  const BucketArray& array = array_of(from);
  const std::size_t home = array.home_of(from);
  array.for_each_of(home, reader_, [&](Handle handle) {
    const Position position = position_of(reader_.hash(handle));
    // While homes move, one of the old array may have been cut by the split.
    if (position >= from) visit(handle);
  });
  const Position end = array.start_of(home + 1);
  const Position next = &array == &next_ && end > split_ ? split_ : end;
  return next >= end_position ? 0 : next;
}

}  // namespace cachekit::node::storage
