// One part of the near-cache's keys: a table of chains that is read without a lock, and what
// decides who stays.
//
// Eviction is S3-FIFO (Yang and others, SOSP 2023): newcomers have a tenth of the bytes. At the end
// of their queue, what was used goes on to the main queue and the rest leaves a ghost; a key that
// comes back while its ghost is remembered starts in the main queue. At the end of the main queue
// an entry goes round once for each use, at most three times. A hit only adds to a counter of its
// entry, and after the third not even that, so hits need no lock; and what is read once, as in a
// scan, never gets beyond the newcomers.
//
// A fill is void if its key was invalidated since it began. Keys share counters of invalidations,
// so one may be void without need, never the other way round.
//
// Readers that follow a chain while the table grows may come into another chain, and miss.
//
// Thread rule: find() by any thread within a Readers::Visit; the others lock.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "client/caching/ghosts.h"
#include "client/caching/queue.h"
#include "client/caching/readers.h"

namespace cachekit::caching {

enum class FillOutcome : std::uint8_t {
  kept,
  voided,   ///< The value may be old.
  refused,  ///< Too large, or already over.
};

class StoreShard {
 public:
  /// An entry of more than this part of the shard's bytes is not kept.
  static constexpr std::size_t largest_part = 4;

  StoreShard(Readers& readers, std::size_t capacity_bytes);
  StoreShard(const StoreShard&) = delete;
  StoreShard& operator=(const StoreShard&) = delete;
  ~StoreShard();

  /// Null if there is none. Whether it is good is the caller's to see.
  Entry* find(std::string_view key, std::uint64_t hash) const;

  /// Counts the invalidations that the key may have had.
  std::uint32_t invalidations_of(std::uint64_t hash) const {
    return invalidations_of_[place(hash)].load(std::memory_order_acquire);
  }

  /// Takes over the store's reference to the entry, which is complete. Void if the counter or the
  /// source's generation has changed.
  FillOutcome add(Entry& entry, std::uint32_t invalidations, io::Time now);

  /// Drops the key and voids its fills. True if it was there.
  bool invalidate(std::string_view key, std::uint64_t hash);

  /// The entry is the key's, whatever the layout before was: found so in layout `layout`.
  void confirm(std::string_view key, std::uint64_t hash, const Source& source,
               std::uint32_t layout);

  /// Frees what is dead in `count` buckets from number `first` on. False if there are no more.
  bool sweep(std::size_t first, std::size_t count, io::Time now);

  std::size_t entries() const { return entries_.load(std::memory_order_relaxed); }
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t counters = 1024;
  static constexpr std::size_t least_buckets = 16;

  static std::size_t place(std::uint64_t hash) { return (hash >> 8) % counters; }
  static Bucket& bucket_of(Buckets& buckets, std::uint64_t hash) {
    return buckets[hash & (buckets.size() - 1)];
  }

  Queue& queue_of(const Entry& entry) { return entry.in_main ? main_ : newcomers_; }
  void link(Entry& entry);
  void remove(Entry& entry);
  void make_room(std::size_t bytes, io::Time now);
  bool newcomers_are_many() const;
  void let_go(Entry& oldest, io::Time now);
  void move_to_main(Entry& entry);
  void grow();
  void count(std::size_t entries, std::size_t bytes);

  Readers& readers_;
  const std::size_t capacity_bytes_;
  std::atomic<Buckets*> table_;
  std::array<std::atomic<std::uint32_t>, counters> invalidations_of_{};

  mutable std::mutex mutex_;
  std::unique_ptr<Buckets> owned_;  // what table_ points to
  Queue newcomers_;
  Queue main_;
  Ghosts ghosts_;
  std::size_t live_ = 0;
  std::atomic<std::size_t> entries_{0};
  std::atomic<std::size_t> bytes_{0};  // of entries, table and ghosts
};

}  // namespace cachekit::caching
