// Which entry goes when memory is short.
//
// A policy keeps the entries that may go in queues of its own (queue.h) and has one byte of each,
// its meter. It learns of every entry's life, and answers for the next victim. Nothing it does may
// take longer than O(1), amortised.
//
// The store owns the slots, and entries never move without a call here. Not thread-safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "node/storage/slots.h"
#include "node/storage/store_options.h"

namespace cachekit::node::storage {

class EvictionPolicy {
 public:
  virtual ~EvictionPolicy() = default;

  /// A new entry, written whole, with its links and meter still 0. `hash` is its key's.
  virtual void insert(Handle handle, std::uint64_t hash) = 0;

  /// The entry has been read or changed by a client.
  virtual void touch(Handle handle) = 0;

  /// The entry is about to go, since it was deleted or has expired.
  virtual void remove(Handle handle) = 0;

  /// The entry is about to go, since it was the victim.
  virtual void evict(Handle handle, std::uint64_t hash) = 0;

  /// The entry at `from` has a new value, and so another size and place: `to`, whose links and
  /// meter are still 0. It takes over the place of `from` in its queue, and its meter.
  virtual void replace(Handle from, Handle to) = 0;

  /// The entry's footprint has changed by so much where it lies (a blob, a collection).
  virtual void resize(Handle handle, std::ptrdiff_t bytes) = 0;

  /// The entry's slot has been copied byte for byte, links included, from `from` to `to`.
  virtual void move(Handle from, Handle to) = 0;

  /// The entry that should go next; no_handle if there is none. May reorder the queues, so that
  /// what it returns stays the victim until the next call of something else.
  virtual Handle victim() = 0;

  /// How often the entry was used, if the policy counts that: for people, not exact.
  virtual std::optional<std::uint8_t> frequency(Handle handle) const;

  /// Memory of its own: ghosts, tables. In pages or blocks as they really cost.
  virtual std::size_t bytes() const { return 0; }

  /// Gives at most so many of them back, for whoever no longer uses the policy. False once nothing
  /// is left.
  virtual bool release_step(std::size_t bytes);
};

/// The policy for these options. Its first anchor is fixed slot 1; it uses as many as it needs.
/// Under a volatile policy the store tells it of entries with an expiry alone; noeviction gets the
/// exact LRU order, in case another policy is chosen later.
std::unique_ptr<EvictionPolicy> make_eviction_policy(EvictionKind kind, Slots& slots,
                                                     std::uint64_t seed);

}  // namespace cachekit::node::storage
