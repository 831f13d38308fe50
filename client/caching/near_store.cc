#include "client/caching/near_store.h"

#include <bit>

namespace cachekit::caching {

std::size_t NearStore::shards_for(std::size_t capacity_bytes) {
  const std::size_t wanted = std::max<std::size_t>(capacity_bytes / least_shard_bytes, 1);
  return std::min(std::bit_floor(wanted), most_shards);
}

NearStore::NearStore(std::size_t capacity_bytes) : capacity_bytes_(capacity_bytes) {
  const std::size_t shards = shards_for(capacity_bytes);
  for (std::size_t i = 0; i < shards; ++i) {
    shards_.push_back(std::make_unique<StoreShard>(readers_, capacity_bytes / shards));
  }
}

void NearStore::confirm(std::string_view key, const Source& source, std::uint32_t layout) {
  const std::uint64_t hash = protocol::hash_bytes(key);
  shard_of(hash).confirm(key, hash, source, layout);
}

FillToken NearStore::begin_fill(std::string_view key, Source& source, std::uint32_t layout) const {
  const std::uint64_t hash = protocol::hash_bytes(key);
  return {.source = &source,
          .hash = hash,
          .invalidations = shard_of(hash).invalidations_of(hash),
          .generation = source.generation(),
          .layout = layout};
}

FillOutcome NearStore::end_fill(const FillToken& token, std::string_view key,
                                const FillValue& value, io::Time now) {
  // Before it is copied.
  const bool fits = key.size() + value.bytes.size() <= largest_entry_bytes();
  if (!fits || readers_.retired_bytes() > capacity_bytes_ / retired_part) {
    readers_.free_retired();
    return FillOutcome::refused;
  }
  StoreShard& shard = shard_of(token.hash);
  Entry& entry = *make_entry(key, value.bytes, token.hash);
  entry.absent = value.absent;
  entry.expires = value.expires;
  entry.source = token.source;
  entry.generation = token.generation;
  entry.layout.store(token.layout, std::memory_order_relaxed);
  const std::uint32_t invalidations =
      voids_fills_ ? token.invalidations : shard.invalidations_of(token.hash);
  const FillOutcome outcome = shard.add(entry, invalidations, now);
  readers_.free_retired();
  return outcome;
}

bool NearStore::invalidate(std::string_view key) {
  const std::uint64_t hash = protocol::hash_bytes(key);
  const bool was_there = shard_of(hash).invalidate(key, hash);
  readers_.free_retired();
  return was_there;
}

bool NearStore::sweep_step(io::Time now) {
  const bool more = shards_[swept_shard_]->sweep(swept_buckets_, buckets_per_sweep, now);
  readers_.free_retired();
  swept_buckets_ = more ? swept_buckets_ + buckets_per_sweep : 0;
  if (more) return true;
  swept_shard_ = (swept_shard_ + 1) % shards_.size();
  return swept_shard_ != 0;
}

std::size_t NearStore::entries() const {
  std::size_t entries = 0;
  for (const auto& shard : shards_) entries += shard->entries();
  return entries;
}

std::size_t NearStore::bytes() const {
  std::size_t bytes = 0;
  for (const auto& shard : shards_) bytes += shard->bytes();
  return bytes;
}

}  // namespace cachekit::caching
