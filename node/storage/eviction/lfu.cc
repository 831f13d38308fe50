#include "node/storage/eviction/lfu.h"

namespace cachekit::node::storage {

Lfu::Lfu(Slots& slots) : slots_(&slots) {
  static_assert(queue_count <= Slots::fixed_slots);
  queues_.reserve(queue_count);
  for (Handle anchor = 1; anchor <= queue_count; ++anchor) queues_.emplace_back(slots, anchor);
}

std::uint8_t Lfu::above_base(Handle handle) const {
  return static_cast<std::uint8_t>(entry_at(*slots_, handle).meter() - base_);
}

void Lfu::insert(Handle handle, std::uint64_t /*hash*/) {
  const auto value = static_cast<std::uint8_t>(base_ + 1);
  entry_at(*slots_, handle).set_meter(value);
  queue_of(value).push_newest(handle);
  ++size_;
}

void Lfu::touch(Handle handle) {
  if (above_base(handle) == queue_count - 1) return;
  Entry entry = entry_at(*slots_, handle);
  entry.set_meter(static_cast<std::uint8_t>(entry.meter() + 1));
}

void Lfu::remove(Handle handle) {
  Queue::remove(*slots_, handle);
  --size_;
}

void Lfu::evict(Handle handle, std::uint64_t /*hash*/) { remove(handle); }

void Lfu::replace(Handle from, Handle to) { Queue::take_place(*slots_, from, to); }

void Lfu::resize(Handle /*handle*/, std::ptrdiff_t /*bytes*/) {}

void Lfu::move(Handle /*from*/, Handle to) { Queue::relink(*slots_, to); }

Handle Lfu::victim() {
  if (size_ == 0) return no_handle;
  while (true) {
    const Handle handle = queue_of(base_).oldest();
    if (handle == no_handle) {
      ++base_;
      continue;
    }
    const std::uint8_t value = entry_at(*slots_, handle).meter();
    if (value == base_) return handle;
    Queue::remove(*slots_, handle);
    queue_of(value).push_newest(handle);
  }
}

std::optional<std::uint8_t> Lfu::frequency(Handle handle) const { return above_base(handle); }

}  // namespace cachekit::node::storage
