// How one store comes to be another's copy: its keys are told as effects, and effects and the other
// one's time are taken over.

#include <utility>

#include "node/storage/collections/apply.h"
#include "node/storage/store.h"

namespace cachekit::node::storage {

// Tells the sink of a key as if it had just been set.
void Store::describe(std::string_view key) {
  const EntryView view = view_of(keyspace_->find(key, keyspace_->hash(key)));
  if (view.collection == nullptr) {
    const Blob blob = view.pin();
    sink_.apply({.kind = Effect::Kind::set,
                 .type = view.type,
                 .key = key,
                 .value = view.value,
                 .expire_at = view.expire_at,
                 .blob = blob ? &blob : nullptr});
    return;
  }
  const EffectGroup group(sink_);
  sink_.apply({.kind = Effect::Kind::remove, .key = key, .value = {}});
  if (sink_.wants_values()) view.collection->describe(key, 0, view.collection->size(), sink_);
  if (view.expire_at != no_expiry) {
    sink_.apply(
        {.kind = Effect::Kind::expire, .key = key, .value = {}, .expire_at = view.expire_at});
  }
}

void Store::apply(const Effect& effect) {
  switch (effect.kind) {
    case Effect::Kind::set:
    case Effect::Kind::expire:
    case Effect::Kind::remove:
      apply_to_key(effect);
      break;
    case Effect::Kind::clear:
      reset_contents();
      break;
    default:
      apply_to_collection(*this, effect);
      return;  // which has told the sink
  }
  sink_.apply(effect);
}

void Store::apply_to_key(const Effect& effect) {
  const std::uint64_t hash = keyspace_->hash(effect.key);
  const Handle handle = keyspace_->find(effect.key, hash);
  const UnixMillis now = told_time_.value_or(0);
  if (effect.kind == Effect::Kind::set) {
    auto value = effect.type == ValueType::string
                     ? string_value(effect.value)
                     : NewValue{.type = effect.type, .bytes = effect.value};
    if (!value) return;
    if (handle != no_handle) keyspace_->touch(handle);  // as the other store did
    keyspace_->put(effect.key, hash, std::move(*value), effect.expire_at, now, handle);
  } else if (handle != no_handle && effect.kind == Effect::Kind::expire) {
    keyspace_->set_expiry(handle, hash, effect.expire_at, now);
  } else if (handle != no_handle) {
    keyspace_->erase(handle, hash, Keyspace::Reason::removed);
  }
}

void Store::tell_time(UnixMillis now) {
  told_time_ = now;
  if (keyspace_->expiring() == 0) keyspace_->clock().start(now);
}

}  // namespace cachekit::node::storage
