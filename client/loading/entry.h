// What a loader writes into the cache, and what it finds there: its own values, the word that the
// source has none, the placeholder of whoever loads, and what others have written. Pure.
//
// Every entry differs from all others, also from those of the same value: whoever replaces an entry
// by comparing it replaces that one and no other.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cachekit::loading {

using Milliseconds = std::chrono::milliseconds;
using Microseconds = std::chrono::microseconds;

/// Unix time, by the clock of the process.
using Time = Milliseconds;

enum class Kind : std::uint8_t {
  nothing,  ///< There is no such key.
  value,    ///< What a loader has loaded.
  absent,   ///< The source has no such key.
  lease,    ///< Somebody is loading it.
  raw,      ///< Somebody else's value.
  damaged,  ///< Begins like an entry, and is none that this library can read.
};

struct Entry {
  Kind kind = Kind::nothing;
  Time expires{0};            ///< When it is not fresh any more; a raw one never is stale.
  Milliseconds lifetime{0};   ///< For how long it was to be fresh.
  Microseconds load_time{0};  ///< How long the source took, cut at an hour.
  std::string_view body =
      {};  ///< The value, or the token of the lease; in the bytes that were read.
};

inline constexpr std::size_t entry_header_bytes = 32;

/// The bytes of an entry. `random` makes it differ from others.
std::string entry_bytes(const Entry& entry, std::uint32_t random);

/// What these bytes are; any bytes.
Entry read_entry(std::string_view bytes);

}  // namespace cachekit::loading
