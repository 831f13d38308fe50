// LFU with dynamic ageing (Arlitt and others 1999): the least often used entry goes, where the
// value of the last victim is the zero from which newcomers count. So what was popular long ago
// is overtaken.
//
// The meter is the value modulo 256. Values are at most 63 above the base, the least there is, and
// each has a queue in a ring of 64. A touch adds one to the meter and leaves the entry in its
// queue; when it gets to the front there, it moves to the queue of its value.
//
// Cost: O(1), and as many moves as there were touches at most.

#pragma once

#include <vector>

#include "node/storage/eviction/policy.h"
#include "node/storage/eviction/queue.h"

namespace cachekit::node::storage {

class Lfu final : public EvictionPolicy {
 public:
  explicit Lfu(Slots& slots);

  void insert(Handle handle, std::uint64_t hash) override;
  void touch(Handle handle) override;
  void remove(Handle handle) override;
  void evict(Handle handle, std::uint64_t hash) override;
  void replace(Handle from, Handle to) override;
  void resize(Handle handle, std::ptrdiff_t bytes) override;
  void move(Handle from, Handle to) override;
  Handle victim() override;
  std::optional<std::uint8_t> frequency(Handle handle) const override;

 private:
  static constexpr std::uint8_t queue_count = 64;

  Queue& queue_of(std::uint8_t value) { return queues_[value % queue_count]; }
  std::uint8_t above_base(Handle handle) const;

  Slots* slots_;
  std::vector<Queue> queues_;
  std::uint8_t base_ = 0;
  std::size_t size_ = 0;
};

}  // namespace cachekit::node::storage
