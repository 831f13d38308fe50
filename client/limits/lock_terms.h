// What a lock's holder can be sure of. Pure.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "client/limits/number.h"
#include "client/limits/windows.h"

namespace cachekit::limits {

/// Of a time to live: less what clocks may run differently, as Redlock allows for it.
///   https://redis.io/docs/latest/develop/use/patterns/distributed-locks/
inline Milliseconds certain_part_of(Milliseconds ttl) { return ttl - ttl / 100 - Milliseconds(2); }

/// What a managed node says of itself, as in "primary 3"; nothing if it is no primary.
inline std::optional<std::uint64_t> epoch_in(std::string_view mandate) {
  constexpr std::string_view role = "primary ";
  if (!mandate.starts_with(role)) return std::nullopt;
  const std::optional<std::int64_t> epoch = number_in(mandate.substr(role.size()));
  if (!epoch || *epoch < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*epoch);
}

}  // namespace cachekit::limits
