#include "client/caching/shard.h"

#include <utility>

namespace cachekit::caching {
namespace {

/// The newcomers' part of all bytes.
constexpr std::size_t newcomers_part = 10;

constexpr std::uint8_t uses_to_move_on = 1;

}  // namespace

StoreShard::StoreShard(Readers& readers, std::size_t capacity_bytes)
    : readers_(readers),
      capacity_bytes_(capacity_bytes),
      owned_(std::make_unique<Buckets>(least_buckets)) {
  table_.store(owned_.get());
  count(0, 0);
}

StoreShard::~StoreShard() {
  for (Queue* queue : {&newcomers_, &main_}) {
    for (Entry* entry = queue->oldest(); entry != nullptr;) {
      std::exchange(entry, entry->newer)->release();
    }
  }
}

Entry* StoreShard::find(std::string_view key, std::uint64_t hash) const {
  for (Entry* entry = bucket_of(*table_.load(), hash).load(); entry != nullptr;
       entry = entry->next.load()) {
    if (entry->hash == hash && entry->key() == key) return entry;
  }
  return nullptr;
}

FillOutcome StoreShard::add(Entry& entry, std::uint32_t invalidations, io::Time now) {
  const std::size_t bytes = entry.bytes();
  const auto refuse = [&](FillOutcome why) {
    entry.release();
    return why;
  };
  const bool fits = bytes <= capacity_bytes_ / largest_part;
  if (!fits || entry.expires <= now) return refuse(FillOutcome::refused);
  const std::lock_guard lock(mutex_);
  if (invalidations != invalidations_of(entry.hash) ||
      entry.generation != entry.source->generation()) {
    return refuse(FillOutcome::voided);
  }
  if (Entry* const before = find(entry.key(), entry.hash)) {
    entry.in_main = before->in_main;
    entry.uses.store(before->uses.load(std::memory_order_relaxed), std::memory_order_relaxed);
    remove(*before);
  } else {
    entry.in_main = ghosts_.take(entry.hash);
  }
  if (live_ >= owned_->size()) grow();
  make_room(bytes, now);
  queue_of(entry).push(entry, bytes);
  link(entry);
  ++live_;
  count(live_, newcomers_.bytes() + main_.bytes());
  return FillOutcome::kept;
}

bool StoreShard::invalidate(std::string_view key, std::uint64_t hash) {
  const std::lock_guard lock(mutex_);
  invalidations_of_[place(hash)].fetch_add(1, std::memory_order_release);
  Entry* const entry = find(key, hash);
  if (entry == nullptr) return false;
  // What is read again after a change is no newcomer.
  if (entry->in_main) ghosts_.add(hash, live_);
  remove(*entry);
  count(live_, newcomers_.bytes() + main_.bytes());
  return true;
}

void StoreShard::confirm(std::string_view key, std::uint64_t hash, const Source& source,
                         std::uint32_t layout) {
  const std::lock_guard lock(mutex_);
  Entry* const entry = find(key, hash);
  // A layout that was skipped may have had the key elsewhere.
  if (entry == nullptr || entry->source != &source || entry->layout.load() + 1 != layout) return;
  entry->layout.store(layout);
}

bool StoreShard::sweep(std::size_t first, std::size_t count_of_buckets, io::Time now) {
  const std::lock_guard lock(mutex_);
  const std::size_t size = owned_->size();
  for (std::size_t i = first; i < size && i < first + count_of_buckets; ++i) {
    for (Entry* entry = (*owned_)[i].load(); entry != nullptr;) {
      Entry* const next = entry->next.load();
      if (entry->is_dead_at(now)) remove(*entry);
      entry = next;
    }
  }
  count(live_, newcomers_.bytes() + main_.bytes());
  return first + count_of_buckets < size;
}

void StoreShard::link(Entry& entry) {
  Bucket& bucket = bucket_of(*owned_, entry.hash);
  entry.next.store(bucket.load());
  bucket.store(&entry);
}

void StoreShard::remove(Entry& entry) {
  Bucket* place = &bucket_of(*owned_, entry.hash);
  while (place->load() != &entry) place = &place->load()->next;
  place->store(entry.next.load());  // readers that are there still find their way on
  const std::size_t bytes = entry.bytes();
  queue_of(entry).remove(entry, bytes);
  --live_;
  readers_.retire(entry, bytes);
}

bool StoreShard::newcomers_are_many() const {
  return main_.empty() ||
         newcomers_.bytes() > (newcomers_.bytes() + main_.bytes()) / newcomers_part;
}

void StoreShard::make_room(std::size_t bytes, io::Time now) {
  const std::size_t overhead = owned_->size() * sizeof(Bucket) + ghosts_.bytes();
  while (overhead + newcomers_.bytes() + main_.bytes() + bytes > capacity_bytes_) {
    const bool newcomers = newcomers_are_many() && !newcomers_.empty();
    Entry* const oldest = newcomers ? newcomers_.oldest() : main_.oldest();
    if (oldest == nullptr) return;
    let_go(*oldest, now);
  }
}

/// Unless it has earned to stay.
void StoreShard::let_go(Entry& oldest, io::Time now) {
  if (oldest.is_dead_at(now)) return remove(oldest);
  const std::uint8_t uses = oldest.uses.load(std::memory_order_relaxed);
  if (!oldest.in_main) {
    if (uses >= uses_to_move_on) return move_to_main(oldest);
    ghosts_.add(oldest.hash, live_);
  } else if (uses > 0) {
    oldest.uses.store(static_cast<std::uint8_t>(uses - 1), std::memory_order_relaxed);
    return move_to_main(oldest);
  }
  remove(oldest);
}

void StoreShard::move_to_main(Entry& entry) {
  const std::size_t bytes = entry.bytes();
  if (!entry.in_main) entry.uses.store(0, std::memory_order_relaxed);
  queue_of(entry).remove(entry, bytes);
  entry.in_main = true;
  main_.push(entry, bytes);
}

void StoreShard::grow() {
  auto larger = std::make_unique<Buckets>(owned_->size() * 2);
  for (Bucket& bucket : *owned_) {
    for (Entry* entry = bucket.load(); entry != nullptr;) {
      Entry* const next = entry->next.load();
      Bucket& place = bucket_of(*larger, entry->hash);
      entry->next.store(place.load());
      place.store(entry);
      entry = next;
    }
  }
  table_.store(larger.get());
  readers_.retire(std::exchange(owned_, std::move(larger)));
  ghosts_.resize(owned_->size());
}

void StoreShard::count(std::size_t entries, std::size_t bytes) {
  entries_.store(entries, std::memory_order_relaxed);
  bytes_.store(bytes + owned_->size() * sizeof(Bucket) + ghosts_.bytes(),
               std::memory_order_relaxed);
}

}  // namespace cachekit::caching
