// The memory limit of a store: what is counted, and what goes when it is reached.
//
// Room is made in this order: what a clear() left, keys that have expired, under an evicting policy
// the least recently used keys, and the table's own buckets once it has become too large. So a live
// key never goes while a dead one takes its place.

#include "node/storage/allocation.h"
#include "node/storage/store.h"

namespace cachekit::node::storage {

std::size_t Store::used_memory_bytes() const {
  return entries_bytes_ + table_.bytes() + expiries_.bytes() + graveyard_.bytes();
}

void Store::set_max_memory(std::size_t bytes) {
  options_.max_memory_bytes = bytes;
  settle_limit();
}

void Store::set_eviction(EvictionPolicy policy) {
  options_.eviction = policy;
  settle_limit();
}

bool Store::make_room(UnixMillis now, std::size_t bytes) {
  return make_room_beside(now, {.entry_bytes = bytes}, nullptr);
}

// The tables shrink while keys go, so what they need is asked again after each.
bool Store::make_room_beside(UnixMillis now, const Need& need, const Entry* keep) {
  if (fits(need)) return true;
  const std::size_t kept_bytes = keep != nullptr ? keep->footprint_bytes() : 0;
  if (!can_ever_fit(kept_bytes + need.entry_bytes)) return false;
  while (free_something(now, keep)) {
    if (fits(need)) return true;
  }
  return false;
}

std::size_t Store::bytes_for(const Need& need) const {
  return need.entry_bytes + table_.bytes_to_insert(need.new_entries) +
         expiries_.bytes_to_add(need.new_expiries);
}

bool Store::fits(const Need& need) const {
  return limit_in_force_ == 0 || used_memory_bytes() + bytes_for(need) <= limit_in_force_;
}

// Spares the other keys where not even an empty store would have room.
bool Store::can_ever_fit(std::size_t bytes) const {
  static const std::size_t empty_bytes = HashTable().bytes();
  return empty_bytes + bytes <= limit_in_force_;
}

bool Store::free_something(UnixMillis now, const Entry* keep) {
  if (graveyard_.free_step()) return true;
  Entry* const earliest = expiries_.earliest();
  if (earliest != nullptr && earliest->expired(now)) {
    discard(earliest, Effect::Cause::expired);
    return true;
  }
  Entry* const oldest = recency_.oldest();
  const bool may_evict = options_.eviction == EvictionPolicy::allkeys_lru;
  if (may_evict && oldest != nullptr && oldest != keep) {
    discard(oldest, Effect::Cause::evicted);
    return true;
  }
  return table_.shrink_step();
}

// Lowering the limit must neither stall one command with all the evictions nor let memory grow.
void Store::settle_limit() {
  const std::size_t wanted = options_.max_memory_bytes;
  const bool in_steps = wanted != 0 && options_.eviction == EvictionPolicy::allkeys_lru;
  limit_in_force_ = in_steps ? std::max(wanted, used_memory_bytes()) : wanted;
}

}  // namespace cachekit::node::storage
