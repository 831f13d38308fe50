#include "node/storage/store.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace cachekit::node::storage {
namespace {

// So that many clears of few keys, one after the other, do not pile up pages.
constexpr int frees_at_clear = 8;

// Of an entry; the processor itself fetches the rest of a larger one.
constexpr std::size_t prefetched_bytes = 512;
constexpr std::size_t cache_line_bytes = 64;

// A store that follows another may hold nothing but expired keys, and may not remove them.
constexpr int most_draws_of_expired = 100;

bool is_past(UnixMillis expire_at, UnixMillis now) {
  return expire_at != no_expiry && expire_at <= now;
}

}  // namespace

Store::Store(const StoreOptions& options, EffectSink& sink)
    : options_(options),
      sink_(sink),
      hasher_(options.seed),
      keyspace_(make_keyspace()),
      random_(options.seed) {
  settle_limit(used_memory_bytes());
}

Store::~Store() {
  graveyard_.bury(std::move(keyspace_));
  while (graveyard_.free_step()) continue;
}

std::unique_ptr<Keyspace> Store::make_keyspace() {
  return std::make_unique<Keyspace>(hasher_, graveyard_, options_.eviction, options_.seed);
}

// Reading

std::optional<EntryView> Store::find(std::string_view key, UnixMillis now, Lookup lookup) {
  const Handle handle = find_live(key, now);
  if (lookup != Lookup::write) {
    ++(handle != no_handle ? statistics_.keyspace_hits : statistics_.keyspace_misses);
  }
  if (handle == no_handle) return std::nullopt;
  if (lookup != Lookup::inspect) keyspace_->touch(handle);
  if (lookup == Lookup::read && touch_sample_ != nullptr) touch_sample_->note(key);
  return view_of(handle);
}

void Store::touch(std::string_view key) {
  const Handle handle = keyspace_->find(key, keyspace_->hash(key));
  if (handle != no_handle) keyspace_->touch(handle);
}

Handle Store::drop_expired(Handle handle) {
  if (!follows_) discard(handle, Effect::Cause::expired);
  return no_handle;
}

Handle Store::find_to_replace(std::string_view key, std::uint64_t hash, UnixMillis now) {
  const Handle handle = keyspace_->find(key, hash);
  if (handle == no_handle || follows_ || !keyspace_->expired(handle, now)) return handle;
  return drop_expired(handle);
}

UnixMillis Store::expiry_of(std::string_view key, UnixMillis now) {
  const Handle handle = find_live(key, now);
  return handle != no_handle ? keyspace_->expire_at(handle) : no_expiry;
}

std::optional<std::string_view> Store::random_key(UnixMillis now) {
  int draws = 0;
  while (size() > 0 && !(follows_ && ++draws > most_draws_of_expired)) {
    std::vector<Handle> handles;
    Position position = random_() >> (64 - position_bits);
    while (handles.empty()) {
      position = keyspace_->table().visit_home(position,
                                               [&](Handle handle) { handles.push_back(handle); });
    }
    const Handle handle = handles[random_() % handles.size()];
    if (!keyspace_->expired(handle, now)) return keyspace_->entry(handle).key();
    if (!follows_) discard(handle, Effect::Cause::expired);
  }
  return std::nullopt;
}

ScanCursor Store::walk(ScanCursor cursor, std::size_t homes, UnixMillis now,
                       const std::function<void(const EntryView&)>& visit) const {
  if (cursor >= end_position) return 0;
  for (; homes > 0; --homes) {
    cursor = keyspace_->table().visit_home(cursor, [&](Handle handle) {
      if (!keyspace_->expired(handle, now)) visit(view_of(handle));
    });
    if (cursor == 0) break;
  }
  return cursor;
}

std::uint64_t Store::prefetch_table(std::string_view key) const {
  const std::uint64_t hash = keyspace_->hash(key);
  keyspace_->table().prefetch(hash);
  return hash;
}

void Store::prefetch_entry(std::uint64_t hash) const {
  const Handle handle = keyspace_->table().candidate(hash);
  if (handle == no_handle) return;
  const char* const slot = keyspace_->slots().at(handle);
  const std::size_t last = std::min(keyspace_->slots().slot_bytes(handle), prefetched_bytes) - 1;
  for (std::size_t at = 0; at < last; at += cache_line_bytes) __builtin_prefetch(slot + at);
  __builtin_prefetch(slot + last);
}

// Writing

// Nothing if the address space is full.
std::optional<NewValue> Store::string_value(std::string_view bytes) {
  if (bytes.size() < large_value_bytes) return NewValue{.bytes = bytes};
  NewValue value{.bytes = {}, .blob = blobs_.offered(bytes)};
  if (!value.blob) value.blob = blobs_.copy(bytes);
  if (!value.blob) return std::nullopt;
  return value;
}

WriteOutcome Store::set(std::string_view key, std::string_view value, UnixMillis expire_at,
                        UnixMillis now) {
  if (value.size() < large_value_bytes) {
    return write_and_tell(key, {.bytes = value}, expire_at, now);
  }
  if (Blob offered = blobs_.offered(value)) {
    return set(key, std::move(offered), expire_at, now);
  }
  if (const Handle handle = find_live(key, now); handle != no_handle) keyspace_->touch(handle);
  if (!make_room_for(now, 0, BlobSpace::footprint_bytes(value.size())))
    return WriteOutcome::out_of_memory;
  return set(key, blobs_.copy(value), expire_at, now);
}

WriteOutcome Store::set(std::string_view key, Blob value, UnixMillis expire_at, UnixMillis now) {
  if (!value) return WriteOutcome::out_of_memory;
  return write_and_tell(key, {.bytes = {}, .blob = std::move(value)}, expire_at, now);
}

WriteOutcome Store::write_and_tell(std::string_view key, NewValue&& value, UnixMillis expire_at,
                                   UnixMillis now) {
  if (is_past(expire_at, now)) {
    remove(key, now);
    return WriteOutcome::done;
  }
  const Blob blob = value.blob;
  const Effect effect{.kind = Effect::Kind::set,
                      .type = value.type,
                      .key = key,
                      .value = blob ? blob.bytes() : value.bytes,
                      .expire_at = expire_at,
                      .blob = blob ? &blob : nullptr};
  if (write(key, std::move(value), expire_at, now) != WriteOutcome::done) {
    return WriteOutcome::out_of_memory;
  }
  sink_.apply(effect);
  make_room(now);  // for what the tables took; only now, since the key itself may have to go
  return WriteOutcome::done;
}

WriteOutcome Store::write(std::string_view key, NewValue&& value, UnixMillis expire_at,
                          UnixMillis now) {
  const std::uint64_t hash = keyspace_->hash(key);
  Handle existing = find_to_replace(key, hash, now);
  if (existing != no_handle) keyspace_->touch(existing);
  const std::size_t bytes = keyspace_->entry_bytes(key, value, expire_at);
  // What becomes smaller is let in, even if it needs a page of its own before the old one is free.
  const bool grows =
      existing == no_handle || !Slots::suits(keyspace_->slots().slot_bytes(existing), bytes);
  const bool shrinks = existing != no_handle && bytes <= keyspace_->slots().slot_bytes(existing);
  const std::size_t needed = grows ? bytes : 0;
  if (!fits(needed, 0)) {
    if (!make_room_for(now, needed, 0) && !shrinks) return WriteOutcome::out_of_memory;
    existing = keyspace_->find(key, hash);  // which may have moved, or had to go
  }
  const Handle written = keyspace_->put(key, hash, std::move(value), expire_at, now, existing);
  return written != no_handle ? WriteOutcome::done : WriteOutcome::out_of_memory;
}

// Asks for no room. False if the address space is full.
bool Store::put(std::string_view key, NewValue&& value, UnixMillis expire_at, UnixMillis now) {
  const std::uint64_t hash = keyspace_->hash(key);
  const Handle existing = keyspace_->find(key, hash);
  return keyspace_->put(key, hash, std::move(value), expire_at, now, existing) != no_handle;
}

// What a string takes beside its entry, or in it.
std::size_t Store::bytes_for(std::string_view value) const {
  if (value.size() < large_value_bytes) return value.size();
  return blobs_.offered(value) ? 0 : BlobSpace::footprint_bytes(value.size());
}

WriteOutcome Store::set_all(std::span<const KeyValue> pairs, UnixMillis now) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : pairs) {
    const Handle existing = find_live(key, now);
    if (existing != no_handle) keyspace_->touch(existing);
    const std::size_t needed = bytes_for(value);
    const std::size_t present =
        existing != no_handle ? keyspace_->entry(existing).footprint_bytes() : 0;
    if (key.size() + needed > present) bytes += key.size() + needed - present;
  }
  if (!make_room_for(now, 0, bytes)) return WriteOutcome::out_of_memory;

  const EffectGroup group(sink_);
  for (const auto& [key, value] : pairs) {
    auto stored = string_value(value);
    const Blob blob = stored ? stored->blob : Blob();
    if (!stored || !put(key, std::move(*stored), no_expiry, now)) {
      return WriteOutcome::out_of_memory;
    }
    sink_.apply({.kind = Effect::Kind::set,
                 .key = key,
                 .value = blob ? blob.bytes() : value,
                 .blob = blob ? &blob : nullptr});
  }
  make_room(now);
  return WriteOutcome::done;
}

bool Store::expire(std::string_view key, UnixMillis expire_at, UnixMillis now) {
  const std::uint64_t hash = keyspace_->hash(key);
  const Handle handle = find_live(key, hash, now);
  if (handle == no_handle) return false;
  if (is_past(expire_at, now)) {
    discard(handle, Effect::Cause::command);
    return true;
  }
  keyspace_->touch(handle);
  if (keyspace_->expire_at(handle) == expire_at) return true;
  if (keyspace_->set_expiry(handle, hash, expire_at, now) == no_handle) return true;
  sink_.apply({.kind = Effect::Kind::expire, .key = key, .value = {}, .expire_at = expire_at});
  make_room(now);
  return true;
}

bool Store::remove(std::string_view key, UnixMillis now) {
  const Handle handle = find_live(key, now);
  if (handle == no_handle) return false;
  discard(handle, Effect::Cause::command);
  return true;
}

WriteOutcome Store::rename(std::string_view from, std::string_view to, UnixMillis now) {
  const std::uint64_t hash = keyspace_->hash(from);
  const Handle source = find_live(from, hash, now);
  assert(source != no_handle);
  if (from == to) return WriteOutcome::done;
  find_live(to, now);
  TakenValue taken = keyspace_->take(source, hash);
  const EffectGroup group(sink_);
  sink_.apply({.kind = Effect::Kind::remove, .key = from, .value = {}});
  if (!put(to, std::move(taken.value), taken.expire_at, now)) return WriteOutcome::out_of_memory;
  describe(to);
  make_room(now);
  return WriteOutcome::done;
}

WriteOutcome Store::copy(std::string_view from, std::string_view to, UnixMillis now) {
  const Handle source = find_live(from, now);
  assert(source != no_handle);
  TakenValue copied = keyspace_->copy(source);
  const auto outcome = write(to, std::move(copied.value), copied.expire_at, now);
  if (outcome == WriteOutcome::done) {
    describe(to);
    make_room(now);
  }
  return outcome;
}

void Store::discard(Handle handle, Effect::Cause cause) {
  if (cause == Effect::Cause::expired) ++statistics_.expired_keys;
  if (cause == Effect::Cause::evicted) ++statistics_.evicted_keys;
  const std::string_view key = keyspace_->entry(handle).key();
  sink_.apply({.kind = Effect::Kind::remove, .cause = cause, .key = key, .value = {}});
  keyspace_->erase(
      handle, keyspace_->hash(key),
      cause == Effect::Cause::evicted ? Keyspace::Reason::evicted : Keyspace::Reason::removed);
}

// Collections

WriteOutcome Store::set_block(std::string_view key, ValueType type, std::string_view block,
                              UnixMillis now) {
  const UnixMillis expire_at = expiry_of(key, now);
  const auto outcome = write(key, {.type = type, .bytes = block}, expire_at, now);
  make_room(now);
  return outcome;
}

WriteOutcome Store::set_collection(std::string_view key, std::unique_ptr<Collection> collection,
                                   UnixMillis now) {
  const UnixMillis expire_at = expiry_of(key, now);
  const ValueType type = collection->type();
  const auto outcome =
      write(key, {.type = type, .bytes = {}, .collection = std::move(collection)}, expire_at, now);
  make_room(now);
  return outcome;
}

void Store::resized(std::string_view key, std::size_t bytes_before) {
  keyspace_->resized(keyspace_->find(key, keyspace_->hash(key)), bytes_before);
}

// All keys

void Store::clear() {
  reset_contents();
  sink_.apply({.kind = Effect::Kind::clear, .key = {}, .value = {}});
}

void Store::reset_contents() {
  graveyard_.bury(std::exchange(keyspace_, make_keyspace()));
  if (told_time_) tell_time(*told_time_);
  for (int steps = 0; steps < frees_at_clear && graveyard_.free_step();) ++steps;
}

}  // namespace cachekit::node::storage
