// S3-FIFO (Yang and others, SOSP 2023): a small queue of newcomers, a main queue, and ghosts.
//
// Newcomers have a tenth of the bytes. At its end, what was used twice goes on to the main queue,
// the rest becomes ghosts; a key that comes back while its ghost is remembered starts in the main
// queue. At the end of the main queue an entry goes round once for each use, at most three times.
//
//   meter  | 0 0 0 0 0 | in main 1 | uses 2 |
//
// Cost: O(1); a hit adds to the meter, at most three times. Two bytes of ghosts an entry.

#pragma once

#include "node/storage/eviction/ghost_table.h"
#include "node/storage/eviction/policy.h"
#include "node/storage/eviction/queue.h"

namespace cachekit::node::storage {

class S3Fifo final : public EvictionPolicy {
 public:
  explicit S3Fifo(Slots& slots) : slots_(&slots), small_(slots, 1), main_(slots, 2) {}

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
  bool small_is_full() const;
  bool pass_on(Handle handle);
  bool go_round(Handle handle);
  std::size_t& bytes_of(std::uint8_t meter);

  Slots* slots_;
  Queue small_;
  Queue main_;
  std::size_t small_bytes_ = 0;
  std::size_t main_bytes_ = 0;
  std::size_t size_ = 0;
  GhostTable ghosts_;
};

}  // namespace cachekit::node::storage
