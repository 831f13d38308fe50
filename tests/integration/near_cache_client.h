// Clients with a near-cache, and what they read.

#pragma once

#include <cachekit/client.h>
#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "tests/integration/becomes_true.h"

namespace cachekit::test {

inline ClientOptions with_near_cache(NearCacheOptions near_cache = {}) {
  if (near_cache.bytes == 0) near_cache.bytes = std::size_t{8} << 20;
  ClientOptions options;
  options.near_cache = std::move(near_cache);
  return options;
}

/// Reads the key until it is answered from memory.
inline bool becomes_near(Client& client, std::string_view key) {
  return becomes_true([&] {
    const std::uint64_t hits = client.near_cache_statistics().hits;
    return client.get(key).has_value() && client.near_cache_statistics().hits > hits;
  });
}

inline std::string read(Client& client, std::string_view key) {
  const auto value = client.get(key);
  REQUIRE_MESSAGE(value.has_value(), value.error().text());
  return value->value_or("(nothing)");
}

}  // namespace cachekit::test
