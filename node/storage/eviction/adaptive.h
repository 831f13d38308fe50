// The default: few misses on all loads tried, and a hit sets one bit.
//
// Lazy Greedy-Dual-Size-Frequency (Cao and Irani 1997, Cherkasova 1998) with ghosts. An entry has a
// deadline: the last victim's plus what the entry is worth by its uses and its size (worth.h). It
// is set only when the entry is placed: at first, and when it is due and has been used in between,
// which counts as one use. What is due and has not been used is the victim. A key that comes back
// while its ghost is remembered keeps a few of its uses. What a newcomer is worth is tuned all the
// time (newcomer_worth.h).
//
// So large entries go before small ones that are used as often: the share of requests that miss
// counts, not the share of bytes. And luck places some: where more keys than fit return in turn,
// equals would push each other out unused; luck lets a few stay until they are used.
//
//   meter  | 0 0 0 | touched 1 | uses 4 |
//
// Cost: insert and touch O(1); a victim costs 1.0 to 1.8 placings on the traces measured, and no
// more in the long run than there were inserts and touches. Two bytes of ghosts an entry.

#pragma once

#include "node/storage/eviction/deadline_wheel.h"
#include "node/storage/eviction/ghost_table.h"
#include "node/storage/eviction/luck.h"
#include "node/storage/eviction/newcomer_worth.h"
#include "node/storage/eviction/policy.h"

namespace cachekit::node::storage {

class Adaptive final : public EvictionPolicy {
 public:
  Adaptive(Slots& slots, std::uint64_t seed) : slots_(&slots), wheel_(slots, 1), luck_(seed) {}

  void insert(Handle handle, std::uint64_t hash) override;
  void touch(Handle handle) override;
  void remove(Handle handle) override;
  void evict(Handle handle, std::uint64_t hash) override;
  void replace(Handle from, Handle to) override;
  void resize(Handle handle, std::ptrdiff_t bytes) override;
  void move(Handle from, Handle to) override;
  Handle victim() override;
  std::optional<std::uint8_t> frequency(Handle handle) const override;
  std::size_t bytes() const override { return ghosts_.bytes(); }
  bool release_step(std::size_t bytes) override { return ghosts_.release_step(bytes); }

 private:
  std::uint64_t worth(Handle handle, std::uint32_t newcomer) const;
  void place_first(Handle handle, bool is_newcomer);
  void place(Handle handle);

  Slots* slots_;
  DeadlineWheel wheel_;
  GhostTable ghosts_;
  NewcomerWorth newcomer_;
  Luck luck_;
  std::size_t size_ = 0;
  std::size_t entry_bytes_ = 0;
};

}  // namespace cachekit::node::storage
