#include "node/storage/store.h"

#include <algorithm>
#include <cassert>

namespace cachekit::node::storage {
namespace {

// So that many clears of few keys, one after the other, do not pile up pages.
constexpr int frees_at_clear = 64;

bool is_past(UnixMillis expire_at, UnixMillis now) {
  return expire_at != no_expiry && expire_at <= now;
}

EntryView view_of(const Entry& entry) {
  return {entry.key(), entry.value(), entry.expire_at, entry.large ? *entry.blob() : nullptr};
}

}  // namespace

Store::Store(const StoreOptions& options, EffectSink& sink)
    : options_(options), sink_(sink), random_(options.seed) {
  settle_limit();
}

Store::~Store() { reset_contents(); }

// Keys

std::optional<EntryView> Store::find(std::string_view key, UnixMillis now, Lookup lookup) {
  Entry* const entry = find_live(key, HashTable::hash(key), now);
  if (lookup != Lookup::write) {
    ++(entry != nullptr ? statistics_.keyspace_hits : statistics_.keyspace_misses);
  }
  if (entry == nullptr) return std::nullopt;
  if (lookup != Lookup::inspect) recency_.touch(entry);
  return view_of(*entry);
}

WriteOutcome Store::set(std::string_view key, std::string_view value, UnixMillis expire_at,
                        UnixMillis now) {
  const std::uint64_t hash = HashTable::hash(key);
  Entry* const existing = find_live(key, hash, now);
  if (is_past(expire_at, now)) {
    if (existing != nullptr) discard(existing, Effect::Cause::command);
    return WriteOutcome::done;
  }
  if (existing != nullptr) recency_.touch(existing);
  const bool expires_newly =
      expire_at != no_expiry && (existing == nullptr || existing->expire_at == no_expiry);
  const Need need{.entry_bytes = growth_bytes(existing, key.size(), value.size()),
                  .new_entries = existing == nullptr ? 1U : 0U,
                  .new_expiries = expires_newly ? 1U : 0U};
  if (!make_room_beside(now, need, existing)) return WriteOutcome::out_of_memory;
  put(key, hash, {value}, expire_at, existing);
  sink_.apply({.kind = Effect::Kind::set, .key = key, .value = value, .expire_at = expire_at});
  return WriteOutcome::done;
}

WriteOutcome Store::set_all(std::span<const KeyValue> pairs, UnixMillis now) {
  Need need{.new_entries = pairs.size()};
  for (const auto& [key, value] : pairs) {
    Entry* const existing = find_live(key, HashTable::hash(key), now);
    if (existing != nullptr) recency_.touch(existing);
    need.entry_bytes += growth_bytes(existing, key.size(), value.size());
  }
  if (!make_room_beside(now, need, nullptr)) return WriteOutcome::out_of_memory;

  const EffectGroup group(sink_);
  for (const auto& [key, value] : pairs) {
    const std::uint64_t hash = HashTable::hash(key);
    put(key, hash, {value}, no_expiry, find_live(key, hash, now));
    sink_.apply({.kind = Effect::Kind::set, .key = key, .value = value});
  }
  if (options_.eviction != EvictionPolicy::noeviction) make_room(now);
  return WriteOutcome::done;
}

bool Store::expire(std::string_view key, UnixMillis expire_at, UnixMillis now) {
  Entry* const entry = find_live(key, HashTable::hash(key), now);
  if (entry == nullptr) return false;
  if (is_past(expire_at, now)) {
    discard(entry, Effect::Cause::command);
    return true;
  }
  recency_.touch(entry);
  if (entry->expire_at == expire_at) return true;
  expiries_.set(entry, expire_at);
  sink_.apply(
      {.kind = Effect::Kind::expire, .key = entry->key(), .value = {}, .expire_at = expire_at});
  if (options_.eviction != EvictionPolicy::noeviction) make_room_beside(now, {}, entry);
  return true;
}

bool Store::remove(std::string_view key, UnixMillis now) {
  Entry* const entry = find_live(key, HashTable::hash(key), now);
  if (entry == nullptr) return false;
  discard(entry, Effect::Cause::command);
  return true;
}

WriteOutcome Store::rename(std::string_view from, std::string_view to, UnixMillis now) {
  Entry* const source = find_live(from, HashTable::hash(from), now);
  assert(source != nullptr);
  const std::uint64_t hash = HashTable::hash(to);
  Entry* const target = find_live(to, hash, now);
  if (source == target) return WriteOutcome::done;
  if (target != nullptr) recency_.touch(target);

  // Out of every structure, so that nothing evicts it while room is made for its copy.
  detach(source);
  const ValueSource value = source->source();
  const Need need{.entry_bytes = growth_bytes(target, to.size(), value.bytes.size()),
                  .new_entries = target == nullptr ? 1U : 0U,
                  .new_expiries = source->expire_at != no_expiry ? 1U : 0U};
  const bool grows = need.entry_bytes > source->footprint_bytes();
  if (grows && !make_room_beside(now, need, target)) {
    insert(source, source->expire_at);
    return WriteOutcome::out_of_memory;
  }
  const EffectGroup group(sink_);
  sink_.apply({.kind = Effect::Kind::remove, .key = source->key(), .value = {}});
  put(to, hash, value, source->expire_at, target);
  sink_.apply(
      {.kind = Effect::Kind::set, .key = to, .value = value.bytes, .expire_at = source->expire_at});
  destroy_entry(source);
  return WriteOutcome::done;
}

void Store::clear() {
  reset_contents();
  sink_.apply({.kind = Effect::Kind::clear, .key = {}, .value = {}});
}

void Store::apply(const Effect& effect) {
  const std::uint64_t hash = HashTable::hash(effect.key);
  Entry* const entry = table_.find(effect.key, hash);
  switch (effect.kind) {
    case Effect::Kind::set:
      put(effect.key, hash, {effect.value}, effect.expire_at, entry);
      break;
    case Effect::Kind::expire:
      if (entry != nullptr) expiries_.set(entry, effect.expire_at);
      break;
    case Effect::Kind::remove:
      if (entry != nullptr) {
        detach(entry);
        destroy_entry(entry);
      }
      break;
    case Effect::Kind::clear:
      reset_contents();
      break;
  }
  sink_.apply(effect);
}

std::optional<std::string_view> Store::random_key(UnixMillis now) {
  while (table_.size() > 0) {
    const std::uint64_t bucket_number = random_();
    Entry* const entry = table_.pick(bucket_number, random_());
    if (entry == nullptr) continue;
    if (!entry->expired(now)) return entry->key();
    discard(entry, Effect::Cause::expired);
  }
  return std::nullopt;
}

ScanCursor Store::scan(ScanCursor cursor, UnixMillis now,
                       const std::function<void(const EntryView&)>& visit) const {
  return table_.visit_bucket(cursor, [&](const Entry& entry) {
    if (!entry.expired(now)) visit(view_of(entry));
  });
}

// Duties

bool Store::maintain(UnixMillis now, std::size_t steps) {
  const auto over_limit = [&] {
    return options_.max_memory_bytes != 0 && used_memory_bytes() > options_.max_memory_bytes;
  };
  const auto step = [&] {
    Entry* const earliest = expiries_.earliest();
    if (earliest != nullptr && earliest->expired(now)) {
      discard(earliest, Effect::Cause::expired);
      return true;
    }
    return graveyard_.free_step() || (over_limit() && free_something(now, nullptr)) ||
           table_.shrink_step();
  };
  while (steps > 0 && step()) --steps;
  settle_limit();
  return steps == 0;
}

// Changes below the commands: no effects, no limit

Entry* Store::find_live(std::string_view key, std::uint64_t hash, UnixMillis now) {
  Entry* const entry = table_.find(key, hash);
  if (entry == nullptr || !entry->expired(now)) return entry;
  discard(entry, Effect::Cause::expired);
  return nullptr;
}

// What a key takes more than it does now; the tables not included.
std::size_t Store::growth_bytes(const Entry* existing, std::size_t key_size,
                                std::size_t value_size) {
  if (existing != nullptr && fits_in_place(*existing, value_size)) return 0;
  const std::size_t wanted = predicted_footprint_bytes(key_size, value_size);
  const std::size_t present = existing != nullptr ? existing->footprint_bytes() : 0;
  return wanted > present ? wanted - present : 0;
}

Entry* Store::put(std::string_view key, std::uint64_t hash, const ValueSource& value,
                  UnixMillis expire_at, Entry* existing) {
  if (existing == nullptr) {
    Entry* const fresh = create_entry(key, hash, value);
    insert(fresh, expire_at);
    return fresh;
  }
  entries_bytes_ -= existing->footprint_bytes();
  Entry* entry = existing;
  if (!replace_value(*existing, value)) {
    entry = create_entry(key, hash, value);
    table_.replace(existing, entry);
    recency_.replace(existing, entry);
    expiries_.replace(existing, entry);
    destroy_entry(existing);
  }
  entries_bytes_ += entry->footprint_bytes();
  recency_.touch(entry);
  expiries_.set(entry, expire_at);
  return entry;
}

void Store::insert(Entry* entry, UnixMillis expire_at) {
  table_.insert(entry);
  recency_.add_newest(entry);
  expiries_.set(entry, expire_at);
  entries_bytes_ += entry->footprint_bytes();
}

// Leaves the entry's expire_at, so that it can be inserted again.
void Store::detach(Entry* entry) {
  const UnixMillis expire_at = entry->expire_at;
  entries_bytes_ -= entry->footprint_bytes();
  expiries_.set(entry, no_expiry);
  recency_.remove(entry);
  table_.remove(entry);
  entry->expire_at = expire_at;
}

void Store::discard(Entry* entry, Effect::Cause cause) {
  if (cause == Effect::Cause::expired) ++statistics_.expired_keys;
  if (cause == Effect::Cause::evicted) ++statistics_.evicted_keys;
  detach(entry);
  sink_.apply({.kind = Effect::Kind::remove, .cause = cause, .key = entry->key(), .value = {}});
  destroy_entry(entry);
}

void Store::reset_contents() {
  graveyard_.bury_entries(recency_.newest(), recency_.oldest(), entries_bytes_);
  graveyard_.bury_buckets(table_.take_buckets());
  graveyard_.bury_slots(expiries_.take_slots());
  recency_ = {};
  entries_bytes_ = 0;
  for (int steps = 0; steps < frees_at_clear && graveyard_.free_step();) ++steps;
}

}  // namespace cachekit::node::storage
