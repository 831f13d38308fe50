#include "node/storage/expiry_heap.h"

#include <utility>

namespace cachekit::node::storage {

void ExpiryHeap::set(Entry* entry, UnixMillis expire_at) {
  const bool present = entry->expiry_slot != Entry::no_slot;
  entry->expire_at = expire_at;
  if (expire_at == no_expiry) {
    if (present) remove(entry->expiry_slot);
    entry->expiry_slot = Entry::no_slot;
    return;
  }
  const Slot slot{expire_at, entry};
  if (present) {
    place(entry->expiry_slot, slot);
  } else {
    slots_.push_back(slot);
    place(slots_.size() - 1, slot);
  }
  settle(entry->expiry_slot);
}

void ExpiryHeap::replace(Entry* old, Entry* fresh) {
  fresh->expire_at = old->expire_at;
  if (old->expiry_slot == Entry::no_slot) return;
  place(old->expiry_slot, Slot{old->expire_at, fresh});
  old->expiry_slot = Entry::no_slot;
}

SegmentedArray<ExpiryHeap::Slot> ExpiryHeap::take_slots() { return std::exchange(slots_, {}); }

void ExpiryHeap::remove(std::size_t index) {
  const Slot last = slots_.back();
  slots_.pop_back();
  if (index == slots_.size()) return;
  place(index, last);
  settle(index);
}

void ExpiryHeap::place(std::size_t index, const Slot& slot) {
  slots_[index] = slot;
  slot.entry->expiry_slot = static_cast<std::uint32_t>(index);
}

// Moves the slot at `index`, the only one that may stand wrong, up or down to its place.
void ExpiryHeap::settle(std::size_t index) {
  const Slot slot = slots_[index];
  while (index > 0 && slot.expire_at < slots_[(index - 1) / 2].expire_at) {
    place(index, slots_[(index - 1) / 2]);
    index = (index - 1) / 2;
  }
  for (std::size_t child = 2 * index + 1; child < slots_.size(); child = 2 * index + 1) {
    const bool right_is_earlier =
        child + 1 < slots_.size() && slots_[child + 1].expire_at < slots_[child].expire_at;
    if (right_is_earlier) ++child;
    if (slot.expire_at <= slots_[child].expire_at) break;
    place(index, slots_[child]);
    index = child;
  }
  place(index, slot);
}

}  // namespace cachekit::node::storage
