// One entry of the near-cache: a single block of memory, which SharedValues may outlive the store
// with.
//
//   SharedBytes | links, hash, expiry, source … | key | value
//
// What readers look at never changes once the entry is in the table, but for `next`, `layout` and
// `uses`. The queue's links belong to the shard's lock.

#pragma once

#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

#include "cachekit/shared_value.h"
#include "client/caching/source.h"
#include "client/io/clock.h"

namespace cachekit::caching {

struct Entry : SharedBytes {
  std::atomic<Entry*> next{nullptr};  ///< In the chain of its bucket.
  Entry* older = nullptr;             ///< In its queue.
  Entry* newer = nullptr;             ///< In its queue; then among the retired.
  std::uint64_t hash = 0;
  io::Time expires;
  const Source* source = nullptr;
  std::uint32_t generation = 0;           ///< Of the source.
  std::atomic<std::uint32_t> layout = 0;  ///< Of the cluster, when the source was last known right.
  std::uint32_t key_bytes = 0;
  std::atomic<std::uint8_t> uses{0};
  bool in_main = false;
  bool absent = false;  ///< It says that there is no such key.

  static constexpr std::uint8_t most_uses = 3;

  std::string_view key() const { return {reinterpret_cast<const char*>(this + 1), key_bytes}; }

  void note_use() {
    const std::uint8_t now = uses.load(std::memory_order_relaxed);
    // Two threads at once may lose one of the two.
    if (now < most_uses) uses.store(static_cast<std::uint8_t>(now + 1), std::memory_order_relaxed);
  }

  /// It may be served now, if its source is still the key's.
  bool is_good_at(io::Time now) const {
    return now < expires && source->generation() == generation && source->serves_at(now);
  }

  /// It will never be served again.
  bool is_dead_at(io::Time now) const {
    return now >= expires || source->generation() != generation;
  }

  /// What it takes of the heap, by the allocator's own word.
  std::size_t bytes() {
    constexpr std::size_t chunk_header = 8;
    return malloc_usable_size(this) + chunk_header;
  }
};

inline Entry* make_entry(std::string_view key, std::string_view value, std::uint64_t hash) {
  void* memory = ::operator new(sizeof(Entry) + key.size() + value.size());
  auto* entry = new (memory) Entry;
  char* bytes = reinterpret_cast<char*>(entry + 1);
  if (!key.empty()) std::memcpy(bytes, key.data(), key.size());
  if (!value.empty()) std::memcpy(bytes + key.size(), value.data(), value.size());
  entry->hash = hash;
  entry->key_bytes = static_cast<std::uint32_t>(key.size());
  entry->offset = static_cast<std::uint32_t>(sizeof(Entry) + key.size());
  entry->size = value.size();
  return entry;
}

}  // namespace cachekit::caching
