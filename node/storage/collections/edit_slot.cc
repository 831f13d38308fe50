#include "node/storage/collections/edit_slot.h"

#include "node/storage/effect_group.h"

namespace cachekit::node::storage {

bool EditSlot::tells_whole() {
  if (evicted_by_put) tell_whole(store, key, now);
  return evicted_by_put;
}

void tell_whole(Store& store, std::string_view key, UnixMillis now) {
  const auto entry = store.find(key, now, Lookup::write);
  if (!entry) return;
  EffectSink& sink = store.sink();
  const EffectGroup group(sink);
  if (entry->collection == nullptr) {
    sink.apply({.kind = Effect::Kind::set,
                .type = entry->type,
                .key = key,
                .value = entry->value,
                .expire_at = entry->expire_at});
    return;
  }
  sink.apply({.kind = Effect::Kind::remove, .key = key, .value = {}});
  if (sink.wants_values()) entry->collection->describe(key, sink);
  if (entry->expire_at != no_expiry) {
    sink.apply(
        {.kind = Effect::Kind::expire, .key = key, .value = {}, .expire_at = entry->expire_at});
  }
}

}  // namespace cachekit::node::storage
