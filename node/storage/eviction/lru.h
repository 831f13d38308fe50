// Exact LRU: one queue, in the order of last use.

#pragma once

#include "node/storage/eviction/policy.h"
#include "node/storage/eviction/queue.h"

namespace cachekit::node::storage {

class Lru final : public EvictionPolicy {
 public:
  explicit Lru(Slots& slots) : slots_(&slots), queue_(slots, 1) {}

  void insert(Handle handle, std::uint64_t hash) override;
  void touch(Handle handle) override;
  void remove(Handle handle) override;
  void evict(Handle handle, std::uint64_t hash) override;
  void replace(Handle from, Handle to) override;
  void resize(Handle handle, std::ptrdiff_t bytes) override;
  void move(Handle from, Handle to) override;
  Handle victim() override;

 private:
  Slots* slots_;
  Queue queue_;
};

}  // namespace cachekit::node::storage
