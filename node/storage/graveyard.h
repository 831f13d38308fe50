// What clear() has taken out of a store, freed in small steps so that no turn of the loop stalls.

#pragma once

#include <cstddef>
#include <vector>

#include "node/storage/entry.h"
#include "node/storage/expiry_heap.h"
#include "node/storage/segmented_array.h"

namespace cachekit::node::storage {

class Graveyard {
 public:
  Graveyard() = default;
  ~Graveyard();

  Graveyard(const Graveyard&) = delete;
  Graveyard& operator=(const Graveyard&) = delete;

  /// Takes entries, linked from `newest` by `older`, that take `bytes` together.
  void bury_entries(Entry* newest, Entry* oldest, std::size_t bytes);
  void bury_buckets(SegmentedArray<Entry*> buckets);
  void bury_slots(SegmentedArray<ExpiryHeap::Slot> slots);

  /// Frees one entry or one page; false if nothing is left.
  bool free_step();

  bool empty() const { return entries_ == nullptr && buckets_.empty() && slots_.empty(); }

  /// What waits to be freed.
  std::size_t bytes() const { return entry_bytes_ + array_bytes_; }

 private:
  void free_entry();

  Entry* entries_ = nullptr;
  std::vector<SegmentedArray<Entry*>> buckets_;
  std::vector<SegmentedArray<ExpiryHeap::Slot>> slots_;
  std::size_t entry_bytes_ = 0;
  std::size_t array_bytes_ = 0;
};

}  // namespace cachekit::node::storage
