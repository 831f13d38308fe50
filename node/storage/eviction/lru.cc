#include "node/storage/eviction/lru.h"

namespace cachekit::node::storage {

void Lru::insert(Handle handle, std::uint64_t /*hash*/) { queue_.push_newest(handle); }

void Lru::touch(Handle handle) {
  if (handle == queue_.newest()) return;
  Queue::remove(*slots_, handle);
  queue_.push_newest(handle);
}

void Lru::remove(Handle handle) { Queue::remove(*slots_, handle); }

void Lru::evict(Handle handle, std::uint64_t /*hash*/) { Queue::remove(*slots_, handle); }

void Lru::replace(Handle from, Handle to) { Queue::take_place(*slots_, from, to); }

void Lru::resize(Handle /*handle*/, std::ptrdiff_t /*bytes*/) {}

void Lru::move(Handle /*from*/, Handle to) { Queue::relink(*slots_, to); }

Handle Lru::victim() { return queue_.oldest(); }

}  // namespace cachekit::node::storage
