// The names of the eviction policies, as flags and CONFIG take them.

#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "node/storage/store_options.h"

namespace cachekit::node {

struct NamedEviction {
  std::string_view name;        ///< As in Redis, where Redis has it.
  std::string_view short_name;  ///< For flags.
  storage::Eviction eviction;
};

inline constexpr std::array named_evictions = {
    NamedEviction{"noeviction", "noeviction", {.evicts = false}},
    NamedEviction{"allkeys-adaptive", "adaptive", {.kind = storage::EvictionKind::adaptive}},
    NamedEviction{"allkeys-lru", "lru", {.kind = storage::EvictionKind::lru}},
    NamedEviction{"allkeys-lfu", "lfu", {.kind = storage::EvictionKind::lfu}},
    NamedEviction{"allkeys-s3fifo", "s3fifo", {.kind = storage::EvictionKind::s3fifo}},
    NamedEviction{"volatile-adaptive",
                  "volatile-adaptive",
                  {.kind = storage::EvictionKind::adaptive, .volatile_only = true}},
    NamedEviction{"volatile-lru",
                  "volatile-lru",
                  {.kind = storage::EvictionKind::lru, .volatile_only = true}},
    NamedEviction{"volatile-lfu",
                  "volatile-lfu",
                  {.kind = storage::EvictionKind::lfu, .volatile_only = true}},
    NamedEviction{"volatile-s3fifo",
                  "volatile-s3fifo",
                  {.kind = storage::EvictionKind::s3fifo, .volatile_only = true}},
};

constexpr std::optional<storage::Eviction> eviction_of(std::string_view name) {
  for (const NamedEviction& named : named_evictions) {
    if (name == named.name || name == named.short_name) return named.eviction;
  }
  return std::nullopt;
}

/// The order in which keys would go does not show under noeviction.
constexpr std::string_view eviction_name(const storage::Eviction& eviction) {
  for (const NamedEviction& named : named_evictions) {
    if (eviction == named.eviction || (!eviction.evicts && !named.eviction.evicts)) {
      return named.name;
    }
  }
  return "noeviction";
}

/// "adaptive, lru, …", for messages.
std::string eviction_names();

}  // namespace cachekit::node
