// The names of the eviction policies, as flags and CONFIG take them.

#pragma once

#include <optional>
#include <string_view>

#include "node/storage/store_options.h"

namespace cachekit::node {

constexpr std::string_view eviction_name(storage::EvictionPolicy policy) {
  return policy == storage::EvictionPolicy::noeviction ? "noeviction" : "allkeys-lru";
}

/// Redis's names, and `lru` for short.
constexpr std::optional<storage::EvictionPolicy> eviction_of(std::string_view name) {
  if (name == "noeviction") return storage::EvictionPolicy::noeviction;
  if (name == "allkeys-lru" || name == "lru") return storage::EvictionPolicy::allkeys_lru;
  return std::nullopt;
}

}  // namespace cachekit::node
