// What a lock's holder can be sure of. Pure.

#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "client/limits/windows.h"

namespace cachekit::limits {

/// Of a time to live: less what clocks may run differently, as Redlock allows for it.
///   https://redis.io/docs/latest/develop/use/patterns/distributed-locks/
inline Milliseconds certain_part_of(Milliseconds ttl) { return ttl - ttl / 100 - Milliseconds(2); }

/// What a managed node says of itself, as in "primary 3"; nothing if it is no primary.
inline std::optional<std::uint64_t> epoch_in(std::string_view mandate) {
  constexpr std::string_view role = "primary ";
  if (!mandate.starts_with(role)) return std::nullopt;
  std::uint64_t epoch = 0;
  const char* const end = mandate.data() + mandate.size();
  const auto [read_to, error] = std::from_chars(mandate.data() + role.size(), end, epoch);
  if (error != std::errc() || read_to != end) return std::nullopt;
  return epoch;
}

}  // namespace cachekit::limits
