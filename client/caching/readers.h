// Who is reading entries without a lock, and what may be freed when.
//
// A reader counts itself in, and out again, in the slot of its processor, so that readers on
// different processors share no cache line. A writer that has taken an entry out of the table
// retires it. It is freed once every counter has been seen at zero since: whoever counted himself
// in before has left, and whoever came later cannot have found it.
//
// So that a counter comes to zero although there are always readers, each slot has two, of which
// new readers take one; the side changes while something waits to be freed.
//
//   counter | left with a hit 48 | inside now 16 |
//
// Cost: two atomic additions a read, on a line of the processor's own; the hit is counted by the
// second.
//
// Thread rule: any thread.

#pragma once

#include <sched.h>

#include <array>
#include <atomic>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "client/caching/entry.h"

namespace cachekit::caching {

using Bucket = std::atomic<Entry*>;
using Buckets = std::vector<Bucket>;

class Readers {
  static constexpr std::size_t slots = 64;
  static constexpr int inside_bits = 16;
  static constexpr std::uint64_t inside_mask = (std::uint64_t{1} << inside_bits) - 1;

 public:
  Readers() = default;
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;
  ~Readers();

  /// What is found in the table while it lives is not freed.
  class Visit {
   public:
    explicit Visit(Readers& readers)
        : counter_(readers.slots_[slot_number()].sides[readers.side_.load()]) {
      counter_.fetch_add(1);
    }
    ~Visit() { counter_.fetch_add(hit_ ? hit_and_left : left, std::memory_order_release); }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    void note_hit() { hit_ = true; }

   private:
    static constexpr std::uint64_t left = ~std::uint64_t{0};  // -1
    static constexpr std::uint64_t hit_and_left = (std::uint64_t{1} << inside_bits) - 1;

    std::atomic<std::uint64_t>& counter_;
    bool hit_ = false;
  };

  /// Takes over the store's reference to an entry that is in the table no more.
  void retire(Entry& entry, std::size_t bytes);
  void retire(std::unique_ptr<Buckets> buckets);

  /// Frees what nobody can be reading any more; never waits.
  void free_retired();

  std::size_t retired_bytes() const { return retired_bytes_.load(std::memory_order_relaxed); }
  std::uint64_t hits() const;

 private:
  /// Two lines, since processors fetch them in pairs.
  struct alignas(128) Slot {
    std::array<std::atomic<std::uint64_t>, 2> sides{};
  };

  struct Retired {
    Entry* entries = nullptr;  // by `newer`
    std::size_t bytes = 0;
    std::vector<std::unique_ptr<Buckets>> buckets;

    bool empty() const { return entries == nullptr && buckets.empty(); }
  };

  static std::size_t slot_number() {
    return static_cast<std::size_t>(static_cast<unsigned>(sched_getcpu())) % slots;
  }

  bool other_side_is_left(std::size_t side);
  static void free(Retired& retired);

  std::array<Slot, slots> slots_{};
  alignas(128) std::atomic<std::size_t> side_{0};

  alignas(128) std::mutex mutex_;
  Retired fresh_;
  Retired waiting_;            // since before the counters in left_ were looked at
  bool changed_side_ = false;  // since then
  std::bitset<slots> left_;    // seen at zero, of the side that new readers do not take
  std::atomic<std::size_t> retired_bytes_{0};
};

}  // namespace cachekit::caching
