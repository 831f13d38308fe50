// The keys and values of one node, with their expiries, under a memory limit.
//
// Every change tells the sink, whatever caused it: a command, an expiry, an eviction. The memory
// limit holds after every call, but for what an expiry or a rename adds under noeviction, and right
// after the limit has been lowered: maintain() then evicts down to it in steps, and meanwhile
// memory never grows.
//
// Not thread-safe: a store belongs to the thread of its node's loop. Time is always an argument.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string_view>

#include "node/storage/effect.h"
#include "node/storage/effect_group.h"
#include "node/storage/entry.h"
#include "node/storage/expiry_heap.h"
#include "node/storage/graveyard.h"
#include "node/storage/hash_table.h"
#include "node/storage/lru_list.h"
#include "node/storage/store_options.h"

namespace cachekit::node::storage {

/// What a lookup means for recency and for the counters, as Redis counts them.
enum class Lookup : std::uint8_t {
  read,     ///< A hit or a miss; makes the key the most recently used.
  inspect,  ///< A hit or a miss; leaves recency alone. For TTL, TYPE, EXISTS.
  write,    ///< Makes the key the most recently used; counts nothing. For changing commands.
};

/// A key as it lies in the store. Valid until the store is next called.
struct EntryView {
  std::string_view key;
  std::string_view value;
  UnixMillis expire_at = no_expiry;

  /// Set for large values alone: as long as it is held, `value` stays as it is.
  std::shared_ptr<const void> pin;
};

struct KeyValue {
  std::string_view key;
  std::string_view value;
};

enum class [[nodiscard]] WriteOutcome : std::uint8_t {
  done,
  out_of_memory,  ///< Nothing was changed, though other keys may have been evicted in vain.
};

/// Where a walk over all keys stands; 0 is both its start and its end.
using ScanCursor = std::uint64_t;

class Store {
 public:
  /// The sink must outlive the store.
  Store(const StoreOptions& options, EffectSink& sink);
  ~Store();

  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Keys. A key whose expiry is not after `now` does not exist: the call that meets it removes it.
  // What a call is given to store must not lie in the store itself.

  std::optional<EntryView> find(std::string_view key, UnixMillis now, Lookup lookup);

  /// Creates or replaces. With an expiry that is not after `now` the key is removed instead.
  WriteOutcome set(std::string_view key, std::string_view value, UnixMillis expire_at,
                   UnixMillis now);

  /// Creates or replaces keys without an expiry: all of them, or none. One group.
  WriteOutcome set_all(std::span<const KeyValue> pairs, UnixMillis now);

  /// Changes the expiry of a key; no_expiry takes it away, one not after `now` removes the key.
  /// False if there is no such key.
  bool expire(std::string_view key, UnixMillis expire_at, UnixMillis now);

  /// False if there is no such key.
  bool remove(std::string_view key, UnixMillis now);

  /// Moves value and expiry of `from`, which must exist, to `to`, replacing it. One group.
  WriteOutcome rename(std::string_view from, std::string_view to, UnixMillis now);

  /// Removes every key at once; the memory comes back in the steps of maintain().
  void clear();

  /// Repeats a change of another store, and tells the sink. Neither expires nor evicts: that store
  /// has done so.
  void apply(const Effect& effect);

  /// Every key alike, but for those that share a bucket with others. Nothing if there is no key.
  std::optional<std::string_view> random_key(UnixMillis now);

  /// Visits the live keys of the next bucket and returns where to go on, 0 at the end. A key that
  /// is there during the whole walk is visited exactly once, whatever happens meanwhile between
  /// the calls. The visitor must not call the store. Cursors stay below 2^48.
  ScanCursor scan(ScanCursor cursor, UnixMillis now,
                  const std::function<void(const EntryView&)>& visit) const;

  /// Keys in the store, expired ones that nobody has met yet included.
  std::size_t size() const { return table_.size(); }
  std::size_t size_with_expiry() const { return expiries_.size(); }

  // Memory.

  /// What entries, tables and the remains of clear() take, with the allocator's own overhead. A
  /// replaced value that a reply still pins is no longer counted.
  std::size_t used_memory_bytes() const;

  /// Evicts until `bytes` more fit under the limit. False if they do not: the command that needs
  /// them is to be refused. To be called, with 0, before every command marked denyoom.
  bool make_room(UnixMillis now, std::size_t bytes = 0);

  const StoreOptions& options() const { return options_; }
  void set_max_memory(std::size_t bytes);
  void set_eviction(EvictionPolicy policy);
  void set_max_value_bytes(std::size_t bytes) { options_.max_value_bytes = bytes; }

  // Duties and reports.

  /// Removes expired keys, frees what clear() left, evicts down to a lowered limit and shrinks the
  /// table. A step is one entry or one bucket, about a tenth of a microsecond to one. True if more
  /// work is waiting.
  bool maintain(UnixMillis now, std::size_t steps);

  const StoreStatistics& statistics() const { return statistics_; }
  void reset_statistics() { statistics_ = {}; }

  EffectSink& sink() { return sink_; }

 private:
  Entry* find_live(std::string_view key, std::uint64_t hash, UnixMillis now);
  // What a write is going to add.
  struct Need {
    std::size_t entry_bytes = 0;
    std::size_t new_entries = 0;
    std::size_t new_expiries = 0;
  };

  std::size_t bytes_for(const Need& need) const;
  bool fits(const Need& need) const;
  bool can_ever_fit(std::size_t bytes) const;
  bool free_something(UnixMillis now, const Entry* keep);
  bool make_room_beside(UnixMillis now, const Need& need, const Entry* keep);
  void settle_limit();

  static std::size_t growth_bytes(const Entry* existing, std::size_t key_size,
                                  std::size_t value_size);
  Entry* put(std::string_view key, std::uint64_t hash, const ValueSource& value,
             UnixMillis expire_at, Entry* existing);
  void insert(Entry* entry, UnixMillis expire_at);
  void detach(Entry* entry);
  void discard(Entry* entry, Effect::Cause cause);
  void set_expiry(Entry* entry, UnixMillis expire_at);
  void reset_contents();

  StoreOptions options_;
  EffectSink& sink_;
  HashTable table_;
  LruList recency_;
  ExpiryHeap expiries_;
  Graveyard graveyard_;
  StoreStatistics statistics_;
  std::mt19937_64 random_;
  std::size_t entries_bytes_ = 0;   // of all entries in the table, with their blobs
  std::size_t limit_in_force_ = 0;  // max_memory_bytes, or above it while maintain() lowers it
};

}  // namespace cachekit::node::storage
