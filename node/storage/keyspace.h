// All entries of a store, in every structure that knows them: slots, table, policy.
//
// Keeps those consistent and knows nothing of commands, effects or limits: that is the store's
// part. An entry is named by its handle, which compaction, a change of size and removal make
// invalid.
//
// Not thread-safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "node/storage/blob.h"
#include "node/storage/collection.h"
#include "node/storage/entry.h"
#include "node/storage/eviction/policy.h"
#include "node/storage/expiry_clock.h"
#include "node/storage/graveyard.h"
#include "node/storage/key_hasher.h"
#include "node/storage/slots.h"
#include "node/storage/store_options.h"
#include "node/storage/table.h"

namespace cachekit::node::storage {

/// A value on its way into the store: bytes to be copied, a blob, or a collection.
struct NewValue {
  ValueType type = ValueType::string;
  std::string_view bytes = {};
  Blob blob = {};
  std::unique_ptr<Collection> collection = nullptr;
};

/// A value on its way out of it, with what `bytes` views.
struct TakenValue {
  NewValue value;
  std::string storage = {};
  UnixMillis expire_at = no_expiry;
};

class Keyspace {
 public:
  /// Hasher and graveyard must outlive the keyspace.
  Keyspace(const KeyHasher& hasher, Graveyard& graveyard, const Eviction& eviction,
           std::uint64_t seed);

  Keyspace(const Keyspace&) = delete;
  Keyspace& operator=(const Keyspace&) = delete;

  std::uint64_t hash(std::string_view key) const { return (*hasher_)(key); }
  Handle find(std::string_view key, std::uint64_t hash) const { return table_.find(key, hash); }
  Entry entry(Handle handle) const { return entry_at(slots_, handle); }
  UnixMillis expire_at(Handle handle) const { return entry(handle).expire_at(clock_); }
  bool expired(Handle handle, UnixMillis now) const {
    const Entry at = entry(handle);
    return at.expires() && at.expire_at(clock_) <= now;
  }

  /// Creates an entry, or gives the existing one a new value and expiry. no_handle, and nothing
  /// has changed, if address space has run out.
  Handle put(std::string_view key, std::uint64_t hash, NewValue&& value, UnixMillis expire_at,
             UnixMillis now, Handle existing);

  /// The entry's handle from now on; no_handle, and nothing has changed, as for put().
  Handle set_expiry(Handle handle, std::uint64_t hash, UnixMillis expire_at, UnixMillis now);

  enum class Reason : std::uint8_t { removed, evicted };
  void erase(Handle handle, std::uint64_t hash, Reason reason);

  /// Erases the entry and hands its value out.
  TakenValue take(Handle handle, std::uint64_t hash);

  /// A copy of the entry's value.
  TakenValue copy(Handle handle) const;

  /// The collection of this entry has been changed in place.
  void resized(Handle handle, std::size_t bytes_before);

  void touch(Handle handle) {
    if (is_queued(handle)) policy_->touch(handle);
  }
  Handle victim() { return policy_->victim(); }
  const EvictionPolicy& policy() const { return *policy_; }

  Table& table() { return table_; }
  const Table& table() const { return table_; }
  const Slots& slots() const { return slots_; }
  ExpiryClock& clock() { return clock_; }

  std::size_t size() const { return table_.size(); }
  std::size_t expiring() const { return expiring_; }

  /// Memory of it all but blobs, which count for themselves.
  std::size_t bytes() const {
    return slots_.bytes() + table_.bytes() + policy_->bytes() + collection_bytes_;
  }
  std::size_t collection_bytes() const { return collection_bytes_; }

  /// What an entry of so many bytes adds to bytes(), at most.
  std::size_t growth_bytes(std::size_t entry_bytes) const {
    return slots_.growth_bytes(entry_bytes) + table_.growth_bytes();
  }
  std::size_t entry_bytes(std::string_view key, const NewValue& value, UnixMillis expire_at) const;

  bool can_compact() const { return slots_.can_compact(); }
  void compact_step();

  /// Gives a part of the memory back, for whoever no longer uses the keyspace: first blobs and
  /// collections, one at a time, then pages. False once nothing is left.
  bool release_step();

 private:
  static EntryShape shape_of(std::string_view key, const NewValue& value, UnixMillis expire_at);
  bool is_queued(Handle handle) const { return !volatile_only_ || entry(handle).expires(); }

  void write(Handle handle, const EntryShape& shape, NewValue& value);
  Handle put_new(const EntryShape& shape, std::uint64_t hash, NewValue& value);
  void rewrite(Handle handle, const EntryShape& shape, NewValue& value);
  void succeed(Handle from, Handle to, std::uint64_t hash);
  void note_expiry(std::uint64_t hash, UnixMillis expire_at, bool expired_before);
  void drop_value(Handle handle) {
    if (entry(handle).place() != ValuePlace::here) drop_outside_value(handle);
  }
  void drop_outside_value(Handle handle);
  void forget(Handle handle, std::uint64_t hash);

  const KeyHasher* hasher_;
  Graveyard* graveyard_;
  ExpiryClock clock_;
  Slots slots_;
  Table table_;
  std::unique_ptr<EvictionPolicy> policy_;
  bool volatile_only_;
  std::size_t expiring_ = 0;
  std::size_t outside_values_ = 0;  // blobs and collections
  std::size_t collection_bytes_ = 0;
  Slots::Cursor released_;
};

}  // namespace cachekit::node::storage
