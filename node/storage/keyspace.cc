#include "node/storage/keyspace.h"

#include <cassert>
#include <cstring>
#include <utility>

namespace cachekit::node::storage {
namespace {

constexpr std::size_t pointer_bytes = sizeof(void*);

// Given back in one step: some ten microseconds' work.
constexpr std::size_t released_at_once_bytes = std::size_t{128} << 10;

void write_pointer(Entry entry, const void* pointer) {
  std::memcpy(entry.stored_data(), &pointer, sizeof pointer);
}

}  // namespace

Keyspace::Keyspace(const KeyHasher& hasher, Graveyard& graveyard, const Eviction& eviction,
                   std::uint64_t seed)
    : hasher_(&hasher),
      graveyard_(&graveyard),
      table_(EntryReader{.slots = &slots_, .hasher = &hasher, .clock = &clock_}),
      policy_(make_eviction_policy(eviction.kind, slots_, seed)),
      volatile_only_(eviction.volatile_only) {}

EntryShape Keyspace::shape_of(std::string_view key, const NewValue& value, UnixMillis expire_at) {
  const auto place = value.collection ? ValuePlace::collection
                     : value.blob     ? ValuePlace::blob
                                      : ValuePlace::here;
  return {.key = key,
          .stored_size = place == ValuePlace::here ? value.bytes.size() : pointer_bytes,
          .type = value.type,
          .place = place,
          .expire_at = expire_at};
}

std::size_t Keyspace::entry_bytes(std::string_view key, const NewValue& value,
                                  UnixMillis expire_at) const {
  return Entry::bytes_for(shape_of(key, value, expire_at), clock_);
}

Handle Keyspace::put(std::string_view key, std::uint64_t hash, NewValue&& value,
                     UnixMillis expire_at, UnixMillis now, Handle existing) {
  if (expiring_ == 0) clock_.start(now);
  const EntryShape shape = shape_of(key, value, expire_at);
  if (existing == no_handle) return put_new(shape, hash, value);

  const bool expired_before = entry(existing).expires();
  Handle handle = existing;
  if (Slots::suits(slots_.slot_bytes(existing), Entry::bytes_for(shape, clock_))) {
    rewrite(existing, shape, value);
  } else {
    handle = slots_.allocate(Entry::bytes_for(shape, clock_));
    if (handle == no_handle) return no_handle;
    write(handle, shape, value);
    succeed(existing, handle, hash);
    drop_value(existing);
    slots_.free(existing);
  }
  note_expiry(hash, expire_at, expired_before);
  return handle;
}

Handle Keyspace::put_new(const EntryShape& shape, std::uint64_t hash, NewValue& value) {
  const Handle handle = slots_.allocate(Entry::bytes_for(shape, clock_));
  if (handle == no_handle) return no_handle;
  if (!table_.insert(hash, handle)) {
    slots_.free(handle);
    return no_handle;
  }
  write(handle, shape, value);
  if (is_queued(handle)) policy_->insert(handle, hash);
  note_expiry(hash, shape.expire_at, false);
  return handle;
}

void Keyspace::write(Handle handle, const EntryShape& shape, NewValue& value) {
  Entry fresh = entry(handle);
  fresh.write(shape, clock_);
  if (shape.place == ValuePlace::here) {
    if (!value.bytes.empty()) {
      std::memcpy(fresh.stored_data(), value.bytes.data(), value.bytes.size());
    }
    return;
  }
  ++outside_values_;
  if (shape.place == ValuePlace::blob) {
    write_pointer(fresh, Blob::release(std::move(value.blob)));
  } else {
    collection_bytes_ += value.collection->bytes();
    write_pointer(fresh, value.collection.release());
  }
}

// Where it is: links and meter stay.
void Keyspace::rewrite(Handle handle, const EntryShape& shape, NewValue& value) {
  Entry present = entry(handle);
  const bool queued_before = is_queued(handle);
  const auto bytes_before = static_cast<std::ptrdiff_t>(present.footprint_bytes());
  const Handle newer = present.newer();
  const Handle older = present.older();
  const std::uint8_t meter = present.meter();
  const bool queued_after = !volatile_only_ || shape.expire_at != no_expiry;
  if (queued_before && !queued_after) policy_->remove(handle);
  drop_value(handle);
  write(handle, shape, value);
  if (queued_before && queued_after) {
    present.set_newer(newer);
    present.set_older(older);
    present.set_meter(meter);
    const auto bytes_after = static_cast<std::ptrdiff_t>(present.footprint_bytes());
    if (bytes_after != bytes_before) policy_->resize(handle, bytes_after - bytes_before);
  } else if (queued_after) {
    policy_->insert(handle, hash(shape.key));
  }
}

// `to` takes the place of `from`. Both are written whole.
void Keyspace::succeed(Handle from, Handle to, std::uint64_t hash) {
  const bool queued_before = is_queued(from);
  const bool queued_after = is_queued(to);
  if (queued_before && queued_after) {
    policy_->replace(from, to);
  } else if (queued_before) {
    policy_->remove(from);
  } else if (queued_after) {
    policy_->insert(to, hash);
  }
  table_.replace(hash, from, to);
}

void Keyspace::note_expiry(std::uint64_t hash, UnixMillis expire_at, bool expired_before) {
  if (expired_before) --expiring_;
  if (expire_at == no_expiry) return;
  ++expiring_;
  table_.expires(hash, clock_.tick_of(expire_at));
}

Handle Keyspace::set_expiry(Handle handle, std::uint64_t hash, UnixMillis expire_at,
                            UnixMillis now) {
  if (expiring_ == 0) clock_.start(now);
  Entry present = entry(handle);
  const bool expired_before = present.expires();
  if (present.set_expire_at(expire_at, clock_)) {
    note_expiry(hash, expire_at, expired_before);
    return handle;
  }
  const EntryShape shape{.key = present.key(),
                         .stored_size = present.stored().size(),
                         .type = present.type(),
                         .place = present.place(),
                         .expire_at = expire_at};
  const Handle to = slots_.allocate(Entry::bytes_for(shape, clock_));
  if (to == no_handle) return no_handle;
  Entry fresh = entry(to);
  fresh.write(shape, clock_);
  std::memcpy(fresh.stored_data(), present.stored().data(), present.stored().size());
  succeed(handle, to, hash);
  slots_.free(handle);
  note_expiry(hash, expire_at, expired_before);
  return to;
}

void Keyspace::drop_outside_value(Handle handle) {
  const Entry present = entry(handle);
  if (detail::BlobBody* const blob = present.blob()) {
    --outside_values_;
    Blob::adopt(blob);
  } else if (Collection* const collection = present.collection()) {
    --outside_values_;
    collection_bytes_ -= collection->bytes();
    graveyard_->bury(std::unique_ptr<Collection>(collection));
  }
}

// Out of table, policy and slots. The value has been taken or dropped.
void Keyspace::forget(Handle handle, std::uint64_t hash) {
  if (entry(handle).expires()) --expiring_;
  table_.remove(hash, handle);
  slots_.free(handle);
}

void Keyspace::erase(Handle handle, std::uint64_t hash, Reason reason) {
  if (is_queued(handle)) {
    if (reason == Reason::evicted) {
      policy_->evict(handle, hash);
    } else {
      policy_->remove(handle);
    }
  }
  drop_value(handle);
  forget(handle, hash);
}

TakenValue Keyspace::take(Handle handle, std::uint64_t hash) {
  if (is_queued(handle)) policy_->remove(handle);
  const Entry present = entry(handle);
  TakenValue taken{.value = {.type = present.type()}, .expire_at = present.expire_at(clock_)};
  if (detail::BlobBody* const blob = present.blob()) {
    --outside_values_;
    taken.value.blob = Blob::adopt(blob);
  } else if (Collection* const collection = present.collection()) {
    --outside_values_;
    collection_bytes_ -= collection->bytes();
    taken.value.collection.reset(collection);
  } else {
    taken.storage = present.stored();
    taken.value.bytes = taken.storage;
  }
  forget(handle, hash);
  return taken;
}

TakenValue Keyspace::copy(Handle handle) const {
  const Entry present = entry(handle);
  TakenValue copied{.value = {.type = present.type()}, .expire_at = present.expire_at(clock_)};
  if (detail::BlobBody* const blob = present.blob()) {
    copied.value.blob = Blob::share(blob);
  } else if (const Collection* const collection = present.collection()) {
    copied.value.collection = collection->clone();
  } else {
    copied.storage = present.stored();
    copied.value.bytes = copied.storage;
  }
  return copied;
}

void Keyspace::resized(Handle handle, std::size_t bytes_before) {
  const std::size_t bytes_after = entry(handle).collection()->bytes();
  collection_bytes_ += bytes_after - bytes_before;
  if (is_queued(handle)) {
    policy_->resize(handle, static_cast<std::ptrdiff_t>(bytes_after - bytes_before));
  }
}

void Keyspace::compact_step() {
  slots_.compact_step([&](Handle from, Handle to) {
    table_.replace(hash(entry(to).key()), from, to);
    if (is_queued(to)) policy_->move(from, to);
  });
}

bool Keyspace::release_step() {
  if (outside_values_ > 0) {
    const Handle handle = slots_.next(released_);
    assert(handle != no_handle);
    drop_value(handle);
    return true;
  }
  return slots_.release_step(released_at_once_bytes) ||
         table_.release_step(released_at_once_bytes) ||
         policy_->release_step(released_at_once_bytes);
}

}  // namespace cachekit::node::storage
