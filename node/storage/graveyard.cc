#include "node/storage/graveyard.h"

#include <utility>

namespace cachekit::node::storage {
namespace {

// Frees one segment of the last array; returns how many bytes came back.
template <typename Array>
std::size_t free_segment(std::vector<Array>& arrays) {
  Array& array = arrays.back();
  const std::size_t before = array.bytes();
  if (!array.empty()) array.pop_segment();
  const std::size_t after = array.bytes();
  if (!array.empty()) return before - after;
  arrays.pop_back();
  return before;
}

}  // namespace

Graveyard::~Graveyard() {
  while (free_step()) continue;
}

void Graveyard::bury_entries(Entry* newest, Entry* oldest, std::size_t bytes) {
  if (newest == nullptr) return;
  oldest->older = std::exchange(entries_, newest);
  entry_bytes_ += bytes;
}

void Graveyard::bury_buckets(SegmentedArray<Entry*> buckets) {
  array_bytes_ += buckets.bytes();
  buckets_.push_back(std::move(buckets));
}

void Graveyard::bury_slots(SegmentedArray<ExpiryHeap::Slot> slots) {
  array_bytes_ += slots.bytes();
  slots_.push_back(std::move(slots));
}

bool Graveyard::free_step() {
  if (entries_ != nullptr) {
    free_entry();
  } else if (!buckets_.empty()) {
    array_bytes_ -= free_segment(buckets_);
  } else if (!slots_.empty()) {
    array_bytes_ -= free_segment(slots_);
  } else {
    return false;
  }
  return true;
}

void Graveyard::free_entry() {
  Entry* const entry = std::exchange(entries_, entries_->older);
  entry_bytes_ -= entry->footprint_bytes();
  destroy_entry(entry);
}

}  // namespace cachekit::node::storage
