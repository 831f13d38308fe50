// The keys and values of one node, with their expiries, under a memory limit.
//
// Every change tells the sink, whatever caused it: a command, an expiry, an eviction. The memory
// limit holds after every write, but for what an expiry, a rename or a collection adds in place
// when nothing may be evicted. A removal may add a page of the table until the next write. When the
// limit is lowered, maintain() evicts down to it in steps, and meanwhile memory never grows.
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
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "node/storage/effect.h"
#include "node/storage/effect_group.h"
#include "node/storage/graveyard.h"
#include "node/storage/key_hasher.h"
#include "node/storage/keyspace.h"
#include "node/storage/store_options.h"
#include "node/storage/touch_sample.h"

namespace cachekit::node::storage {

/// What a lookup means for recency and for the counters, as Redis counts them.
enum class Lookup : std::uint8_t {
  read,     ///< A hit or a miss; counts as a use of the key.
  inspect,  ///< A hit or a miss; is no use of it. For TTL, TYPE, EXISTS.
  write,    ///< Counts as a use of the key, and in no counter. For changing commands.
};

/// A key as it lies in the store. Valid until the store is next called.
struct EntryView {
  std::string_view key;
  std::string_view value;  ///< A string's bytes, or the block of a small collection.
  UnixMillis expire_at = no_expiry;
  ValueType type = ValueType::string;
  detail::BlobBody* blob = nullptr;  ///< Of a large string.
  Collection* collection = nullptr;  ///< A large collection, which has no value then.

  /// Holds on to the value of a large string, so that it stays as it is; empty for all else.
  Blob pin() const { return blob != nullptr ? Blob::share(blob) : Blob(); }
};

struct KeyValue {
  std::string_view key;
  std::string_view value;
};

enum class [[nodiscard]] WriteOutcome : std::uint8_t;
enum class WriteOutcome : std::uint8_t {
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
  // What a call is given to store must not lie in the store itself. Keys are at most
  // longest_key_bytes long.

  std::optional<EntryView> find(std::string_view key, UnixMillis now, Lookup lookup);

  /// Creates or replaces. With an expiry that is not after `now` the key is removed instead.
  WriteOutcome set(std::string_view key, std::string_view value, UnixMillis expire_at,
                   UnixMillis now);

  /// The same with a value that is a blob already.
  WriteOutcome set(std::string_view key, Blob value, UnixMillis expire_at, UnixMillis now);

  /// Creates or replaces keys without an expiry: all of them, or none. One group.
  WriteOutcome set_all(std::span<const KeyValue> pairs, UnixMillis now);

  /// Changes the expiry of a key; no_expiry takes it away, one not after `now` removes the key.
  /// False if there is no such key.
  bool expire(std::string_view key, UnixMillis expire_at, UnixMillis now);

  /// False if there is no such key.
  bool remove(std::string_view key, UnixMillis now);

  /// Moves value and expiry of `from`, which must exist, to `to`, replacing it. One group.
  WriteOutcome rename(std::string_view from, std::string_view to, UnixMillis now);

  /// Copies value and expiry of `from`, which must exist, to `to`, replacing it.
  WriteOutcome copy(std::string_view from, std::string_view to, UnixMillis now);

  /// Removes every key at once; the memory comes back in the steps of maintain().
  void clear();

  /// Repeats a change of another store, and tells the sink.
  void apply(const Effect& effect);

  /// Of a store that is about to be filled: with so many keys, so that its table need not grow on
  /// the way. Afterwards, that no more are expected.
  void expect(std::size_t keys) { keyspace_->table().expect(keys); }
  void expect_no_more() { keyspace_->table().expect_no_more(); }

  /// The clock, for a store that learns it from no command: as often as the other's changes come.
  void tell_time(UnixMillis now);

  /// While a store follows another, that one decides what goes: this one neither expires nor evicts
  /// nor refuses by itself. What has expired is not there for readers.
  void set_follows(bool follows) { follows_ = follows; }

  /// Every key alike, but for those that share a bucket with others. Nothing if there is no key.
  std::optional<std::string_view> random_key(UnixMillis now);

  // Recency. It is no part of what the sink is told: who wants to follow it takes a sample.

  /// From now on notes there what readers use; nullptr ends that.
  void sample_touches(TouchSample* sample) { touch_sample_ = sample; }

  /// A reader of another store has used the key, if it is here.
  void touch(std::string_view key);

  // Collections. Whoever changes one tells the sink; these calls do not.

  /// Creates or replaces a key with a small collection, keeping the expiry of a present key.
  WriteOutcome set_block(std::string_view key, ValueType type, std::string_view block,
                         UnixMillis now);

  /// The same with a large one.
  WriteOutcome set_collection(std::string_view key, std::unique_ptr<Collection> collection,
                              UnixMillis now);

  /// Tells the sink of a key, which must exist, as if it had just been set.
  void describe(std::string_view key);

  /// The key's collection was `bytes_before` large and has been changed in place.
  void resized(std::string_view key, std::size_t bytes_before);

  // Walking.

  /// Where a key stands in a walk: a function of its hash alone, below end_position.
  Position position(std::string_view key) const { return position_of(keyspace_->hash(key)); }

  /// Visits the live keys from a position on, in the order of their positions, `homes` buckets of
  /// the table at most, and returns where to go on, 0 at the end. A key that is there during the
  /// whole walk is visited exactly once, whatever happens meanwhile between the calls. The visitor
  /// must not call the store. Cursors stay below 2^48.
  ScanCursor walk(ScanCursor cursor, std::size_t homes, UnixMillis now,
                  const std::function<void(const EntryView&)>& visit) const;

  /// The walk's steps of one bucket.
  ScanCursor scan(ScanCursor cursor, UnixMillis now,
                  const std::function<void(const EntryView&)>& visit) const {
    return walk(cursor, 1, now, visit);
  }

  // For whoever knows some keys before he asks for them: hides the latency of memory. First all
  // tables, then all entries.

  /// The key's hash, for prefetch_entry().
  std::uint64_t prefetch_table(std::string_view key) const;
  void prefetch_entry(std::uint64_t hash) const;

  /// Keys in the store, expired ones that nobody has met yet included.
  std::size_t size() const { return keyspace_->size(); }
  std::size_t size_with_expiry() const { return keyspace_->expiring(); }

  // Memory.

  /// What entries, tables, values, buffers and the remains of clear() take, in whole pages.
  std::size_t used_memory_bytes() const;

  /// The same without what clear() left, which goes by itself.
  std::size_t lasting_memory_bytes() const { return used_memory_bytes() - graveyard_.bytes(); }

  /// The part of it that keys and values fill.
  std::size_t dataset_bytes() const;

  /// Memory outside the store that counts towards its limit: buffers of connections and the like.
  void set_outside_bytes(std::size_t bytes) { outside_bytes_ = bytes; }

  /// What the key takes, its share of the table included. Nothing if there is no such key.
  std::optional<std::size_t> memory_usage(std::string_view key, UnixMillis now);

  /// How often the key has been used, if the policy counts that. Nothing if there is no such key.
  std::optional<std::uint8_t> frequency(std::string_view key, UnixMillis now);

  /// Evicts until `bytes` more fit under the limit. False if they do not: the command that needs
  /// them is to be refused. To be called, with 0, before every command marked denyoom.
  bool make_room(UnixMillis now, std::size_t bytes = 0);

  /// For large values that arrive in pieces.
  BlobSpace& blobs() { return blobs_; }

  const StoreOptions& options() const { return options_; }
  void set_max_memory(std::size_t bytes);

  /// Without eviction the present order is kept. Another order is refused while there are keys.
  tl::expected<void, std::string> set_eviction(const Eviction& eviction);
  void set_max_value_bytes(std::size_t bytes) { options_.max_value_bytes = bytes; }

  // Duties and reports.

  /// Removes expired keys, frees what clear() left, evicts down to a lowered limit, resizes the
  /// table and gives free memory back. A step is one entry or one bucket, about a tenth of a
  /// microsecond to one. True if more work is waiting.
  bool maintain(UnixMillis now, std::size_t steps);

  const StoreStatistics& statistics() const { return statistics_; }
  void reset_statistics() { statistics_ = {}; }

  EffectSink& sink() { return sink_; }

  /// The next of the random numbers that the seed stands for.
  std::uint64_t random() { return random_(); }

 private:
  Handle find_live(std::string_view key, std::uint64_t hash, UnixMillis now) {
    const Handle handle = keyspace_->find(key, hash);
    const bool expired = handle != no_handle && keyspace_->expired(handle, now);
    return expired ? drop_expired(handle) : handle;
  }
  Handle find_live(std::string_view key, UnixMillis now) {
    return find_live(key, keyspace_->hash(key), now);
  }

  /// Removes what has expired, unless the store follows another. Always no_handle.
  Handle drop_expired(Handle handle);

  /// A store that follows may not remove what has expired, and so replaces it.
  Handle find_to_replace(std::string_view key, std::uint64_t hash, UnixMillis now);
  EntryView view_of(Handle handle) const {
    const Entry entry = keyspace_->entry(handle);
    return {.key = entry.key(),
            .value = entry.value(),
            .expire_at = keyspace_->expire_at(handle),
            .type = entry.type(),
            .blob = entry.blob(),
            .collection = entry.collection()};
  }
  std::unique_ptr<Keyspace> make_keyspace();

  bool put(std::string_view key, NewValue&& value, UnixMillis expire_at, UnixMillis now);
  WriteOutcome write(std::string_view key, NewValue&& value, UnixMillis expire_at, UnixMillis now);
  WriteOutcome write_and_tell(std::string_view key, NewValue&& value, UnixMillis expire_at,
                              UnixMillis now);
  std::size_t bytes_for(std::string_view value) const;
  std::optional<NewValue> string_value(std::string_view bytes);
  UnixMillis expiry_of(std::string_view key, UnixMillis now);
  void discard(Handle handle, Effect::Cause cause);
  void apply_to_key(const Effect& effect);
  void reset_contents();

  // The memory limit.
  bool fits(std::size_t entry_bytes, std::size_t outside_bytes) const;
  bool can_ever_fit(std::size_t bytes) const;
  bool free_something(UnixMillis now);
  bool make_room_for(UnixMillis now, std::size_t entry_bytes, std::size_t outside_bytes);
  bool over_limit() const;
  void settle_limit(std::size_t used);

  // The duties: how many steps were done, 0 if there was nothing to do.
  std::size_t reap(UnixMillis now);
  std::size_t maintain_once(UnixMillis now);
  bool wastes_memory() const;

  StoreOptions options_;
  EffectSink& sink_;
  KeyHasher hasher_;
  BlobSpace blobs_;
  Graveyard graveyard_;
  std::unique_ptr<Keyspace> keyspace_;
  StoreStatistics statistics_;
  std::mt19937_64 random_;
  std::vector<Handle> expired_;  // of one group, while it is reaped
  TouchSample* touch_sample_ = nullptr;
  std::size_t outside_bytes_ = 0;
  bool follows_ = false;
  std::optional<UnixMillis> told_time_;
  std::size_t limit_in_force_ = 0;  // max_memory_bytes, or above it while maintain() lowers it
};

}  // namespace cachekit::node::storage
