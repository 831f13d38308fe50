// The entries that expire, the earliest first: a binary heap whose items know their place.
//
// Each entry with an expiry has one slot here and keeps the slot's number, so an expiry is changed
// or taken away without a search. Cost: 16 bytes an expiring entry; O(log n) a change, nothing for
// a read. The heap lies in a SegmentedArray, so that growing it never pauses.

#pragma once

#include <cstddef>

#include "node/storage/entry.h"
#include "node/storage/segmented_array.h"

namespace cachekit::node::storage {

class ExpiryHeap {
 public:
  /// Gives the entry this expiry, or takes it away with no_expiry.
  void set(Entry* entry, UnixMillis expire_at);

  /// Puts `fresh`, with the same expiry, where `old` was; does nothing if that had none.
  void replace(Entry* old, Entry* fresh);

  /// The entry that expires first; nullptr if none ever does.
  Entry* earliest() const { return slots_.empty() ? nullptr : slots_[0].entry; }

  std::size_t size() const { return slots_.size(); }
  std::size_t bytes() const { return slots_.bytes(); }

  /// At least what `count` more expiring entries add to bytes().
  std::size_t bytes_to_add(std::size_t count) const { return slots_.bytes_to_push(count); }

  struct Slot {
    UnixMillis expire_at;
    Entry* entry;
  };

  /// Takes the slots away, for whoever frees them, and starts again empty.
  SegmentedArray<Slot> take_slots();

 private:
  void remove(std::size_t index);
  void place(std::size_t index, const Slot& slot);
  void settle(std::size_t index);

  SegmentedArray<Slot> slots_;
};

}  // namespace cachekit::node::storage
