#include "node/storage/collections/edit_slot.h"

#include "node/storage/effect_group.h"

namespace cachekit::node::storage {

bool EditSlot::tells_whole() {
  if (evicted_by_put) tell_whole(store, key, now);
  return evicted_by_put;
}

void tell_whole(Store& store, std::string_view key, UnixMillis now) {
  if (!store.find(key, now, Lookup::write)) return;
  const EffectGroup group(store.sink());
  store.describe(key);
}

}  // namespace cachekit::node::storage
