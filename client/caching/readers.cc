#include "client/caching/readers.h"

#include <utility>

namespace cachekit::caching {

Readers::~Readers() {
  free(fresh_);
  free(waiting_);
}

void Readers::retire(Entry& entry, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  entry.newer = std::exchange(fresh_.entries, &entry);
  fresh_.bytes += bytes;
  retired_bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void Readers::retire(std::unique_ptr<Buckets> buckets) {
  const std::lock_guard lock(mutex_);
  fresh_.buckets.push_back(std::move(buckets));
}

void Readers::free_retired() {
  Retired done;
  {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return;  // somebody is at it
    if (waiting_.empty()) {
      if (fresh_.empty()) return;
      waiting_ = std::exchange(fresh_, {});
      changed_side_ = false;
      left_.reset();
    }
    const std::size_t side = side_.load();
    if (!other_side_is_left(side)) return;
    if (!changed_side_) {
      side_.store(1 - side);
      changed_side_ = true;
      left_.reset();
      if (!other_side_is_left(1 - side)) return;
    }
    done = std::exchange(waiting_, {});
  }
  free(done);
  retired_bytes_.fetch_sub(done.bytes, std::memory_order_relaxed);
}

bool Readers::other_side_is_left(std::size_t side) {
  for (std::size_t i = 0; i < slots; ++i) {
    if (!left_[i] && (slots_[i].sides[1 - side].load() & inside_mask) == 0) left_.set(i);
  }
  return left_.all();
}

void Readers::free(Retired& retired) {
  while (retired.entries != nullptr) {
    Entry* const entry = std::exchange(retired.entries, retired.entries->newer);
    entry->release();
  }
  retired.buckets.clear();
}

std::uint64_t Readers::hits() const {
  std::uint64_t hits = 0;
  for (const Slot& slot : slots_) {
    for (const auto& side : slot.sides) hits += side.load(std::memory_order_relaxed) >> inside_bits;
  }
  return hits;
}

}  // namespace cachekit::caching
