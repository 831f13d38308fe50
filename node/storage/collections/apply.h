// Repeats what another store's collections went through: the part of Store::apply() for effects
// inside collections.

#pragma once

#include "node/storage/effect.h"
#include "node/storage/store.h"

namespace cachekit::node::storage {

/// An effect that does not suit what the key holds changes nothing.
void apply_to_collection(Store& store, const Effect& effect);

}  // namespace cachekit::node::storage
