#include "node/storage/hash_table.h"

#include <xxhash.h>

#include <utility>

namespace cachekit::node::storage {
namespace {

constexpr int hash_bits = 64;

// Merges for one removal: with four the load stays near 1/4 while a table empties.
constexpr int merges_per_removal = 4;

std::uint64_t reverse_bits(std::uint64_t bits) {
  bits = ((bits >> 1) & 0x5555555555555555) | ((bits & 0x5555555555555555) << 1);
  bits = ((bits >> 2) & 0x3333333333333333) | ((bits & 0x3333333333333333) << 2);
  bits = ((bits >> 4) & 0x0f0f0f0f0f0f0f0f) | ((bits & 0x0f0f0f0f0f0f0f0f) << 4);
  return __builtin_bswap64(bits);
}

}  // namespace

HashTable::HashTable() { buckets_.push_back(nullptr); }

std::uint64_t HashTable::hash(std::string_view key) { return XXH3_64bits(key.data(), key.size()); }

HashTable::Position HashTable::position(std::uint64_t hash) {
  return reverse_bits(hash) >> (hash_bits - position_bits);
}

std::size_t HashTable::bucket_of(std::uint64_t hash) const {
  const std::uint64_t bucket = hash & mask_;
  return bucket < buckets_.size() ? bucket : hash & (mask_ >> 1);
}

std::size_t HashTable::bucket_at(Position position) const {
  return bucket_of(reverse_bits(position << (hash_bits - position_bits)));
}

HashTable::Position HashTable::end_of(std::size_t bucket) const {
  const std::uint64_t half = (mask_ >> 1) + 1;
  const bool was_split = bucket >= half || bucket + half < buckets_.size();
  const std::uint64_t buckets_of_this_size = was_split ? 2 * half : half;
  const Position size = (Position{1} << position_bits) / buckets_of_this_size;
  const Position end = position(bucket) + size;
  return end == Position{1} << position_bits ? 0 : end;
}

Entry* HashTable::find(std::string_view key, std::uint64_t hash) const {
  Entry* entry = buckets_[bucket_of(hash)];
  while (entry != nullptr && (entry->hash != hash || entry->key() != key)) entry = entry->chain;
  return entry;
}

void HashTable::insert(Entry* entry) {
  ++size_;
  if (size_ > buckets_.size()) split_step();
  Entry*& bucket = buckets_[bucket_of(entry->hash)];
  entry->chain = bucket;
  bucket = entry;
}

void HashTable::remove(Entry* entry) {
  *link_to(entry) = entry->chain;
  --size_;
  for (int merges = 0; merges < merges_per_removal && shrink_step();) ++merges;
}

void HashTable::replace(Entry* old, Entry* fresh) {
  fresh->chain = old->chain;
  *link_to(old) = fresh;
}

Entry* HashTable::pick(std::uint64_t bucket_number, std::uint64_t entry_number) const {
  Entry* const first = buckets_[bucket_number % buckets_.size()];
  if (first == nullptr) return nullptr;
  std::uint64_t length = 0;
  for (const Entry* entry = first; entry != nullptr; entry = entry->chain) ++length;
  Entry* picked = first;
  for (std::uint64_t steps = entry_number % length; steps > 0; --steps) picked = picked->chain;
  return picked;
}

Entry** HashTable::link_to(const Entry* entry) {
  Entry** link = &buckets_[bucket_of(entry->hash)];
  while (*link != entry) link = &(*link)->chain;
  return link;
}

void HashTable::split_step() {
  const std::size_t fresh = buckets_.size();
  const std::uint64_t old_mask = mask_;
  buckets_.push_back(nullptr);
  if (buckets_.size() > mask_) mask_ = 2 * mask_ + 1;
  Entry** link = &buckets_[fresh & (old_mask >> 1)];
  while (*link != nullptr) {
    Entry* const entry = *link;
    if ((entry->hash & old_mask) != fresh) {
      link = &entry->chain;
      continue;
    }
    *link = entry->chain;
    entry->chain = buckets_[fresh];
    buckets_[fresh] = entry;
  }
}

bool HashTable::shrink_step() {
  if (!too_sparse()) return false;
  const std::size_t last = buckets_.size() - 1;
  if (last <= mask_ >> 1) mask_ >>= 1;
  Entry** link = &buckets_[last & (mask_ >> 1)];
  while (*link != nullptr) link = &(*link)->chain;
  *link = buckets_[last];
  buckets_.pop_back();
  return true;
}

SegmentedArray<Entry*> HashTable::take_buckets() {
  SegmentedArray<Entry*> taken = std::exchange(buckets_, {});
  buckets_.push_back(nullptr);
  mask_ = 1;
  size_ = 0;
  return taken;
}

}  // namespace cachekit::node::storage
