// The memory limit of a store: what is counted, and what goes when it is reached.
//
// Room is made in this order: what a clear() left, keys that have expired, pages that moving
// entries together sets free, and under an evicting policy its victims. So a live key never goes
// while a dead one, or nothing, takes its place.

#include <algorithm>

#include "node/storage/store.h"

namespace cachekit::node::storage {
namespace {

// A key's share of the table: a tag and a handle in buckets that are nine tenths full.
constexpr std::size_t table_share_bytes = 6;

// What an empty keyspace takes: the first page of its table.
constexpr std::size_t empty_bytes = page_bytes;

}  // namespace

std::size_t Store::used_memory_bytes() const {
  return keyspace_->bytes() + blobs_.bytes() + graveyard_.bytes() + outside_bytes_;
}

std::size_t Store::dataset_bytes() const {
  return keyspace_->slots().taken_bytes() + keyspace_->collection_bytes() + blobs_.bytes();
}

std::optional<std::size_t> Store::memory_usage(std::string_view key, UnixMillis now) {
  const Handle handle = find_live(key, now);
  if (handle == no_handle) return std::nullopt;
  return keyspace_->entry(handle).footprint_bytes() + table_share_bytes;
}

std::optional<std::uint8_t> Store::frequency(std::string_view key, UnixMillis now) {
  const Handle handle = find_live(key, now);
  if (handle == no_handle) return std::nullopt;
  return keyspace_->policy().frequency(handle);
}

void Store::set_max_memory(std::size_t bytes) {
  options_.max_memory_bytes = bytes;
  settle_limit(used_memory_bytes());
}

tl::expected<void, std::string> Store::set_eviction(const Eviction& eviction) {
  if (!eviction.evicts) {
    options_.eviction.evicts = false;
    settle_limit(used_memory_bytes());
    return {};
  }
  const Eviction& present = options_.eviction;
  const bool other_order =
      eviction.kind != present.kind || eviction.volatile_only != present.volatile_only;
  if (other_order && size() > 0) {
    return tl::unexpected<std::string>(
        "the node keeps its keys in another policy's order; this one can be chosen at start, or "
        "while "
        "the node is empty");
  }
  options_.eviction = eviction;
  if (other_order) reset_contents();  // of which there are none, for the order's own sake
  settle_limit(used_memory_bytes());
  return {};
}

bool Store::make_room(UnixMillis now, std::size_t bytes) { return make_room_for(now, 0, bytes); }

// An entry of so many bytes is to be added (0: none), and so many bytes elsewhere.
bool Store::make_room_for(UnixMillis now, std::size_t entry_bytes, std::size_t outside_bytes) {
  if (fits(entry_bytes, outside_bytes)) return true;
  if (!can_ever_fit(entry_bytes + outside_bytes)) return false;
  while (free_something(now)) {
    if (fits(entry_bytes, outside_bytes)) return true;
  }
  return false;
}

bool Store::fits(std::size_t entry_bytes, std::size_t outside_bytes) const {
  if (limit_in_force_ == 0 || follows_) return true;
  const std::size_t growth = entry_bytes > 0 ? keyspace_->growth_bytes(entry_bytes) : 0;
  // What fits into free slots fits even while a lowered limit is exceeded.
  if (growth + outside_bytes == 0 && entry_bytes > 0) return true;
  return used_memory_bytes() + growth + outside_bytes <= limit_in_force_;
}

// Spares the other keys where not even an empty store would have room.
bool Store::can_ever_fit(std::size_t bytes) const { return empty_bytes + bytes <= limit_in_force_; }

bool Store::free_something(UnixMillis now) {
  if (graveyard_.free_step() || blobs_.free_step() || reap(now) > 0) return true;
  if (keyspace_->can_compact()) {
    keyspace_->compact_step();
    return true;
  }
  const Handle victim = options_.eviction.evicts && !follows_ ? keyspace_->victim() : no_handle;
  if (victim == no_handle) return false;
  discard(victim, Effect::Cause::evicted);
  return true;
}

bool Store::over_limit() const {
  return options_.max_memory_bytes != 0 && used_memory_bytes() > options_.max_memory_bytes;
}

// Lowering the limit must neither stall one command with all the evictions nor let memory grow.
void Store::settle_limit(std::size_t used) {
  const std::size_t wanted = options_.max_memory_bytes;
  const bool in_steps = wanted != 0 && options_.eviction.evicts;
  limit_in_force_ = in_steps ? std::max(wanted, used) : wanted;
}

}  // namespace cachekit::node::storage
