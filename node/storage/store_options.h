// How a store is set up, and what it counts.

#pragma once

#include <cstddef>
#include <cstdint>

namespace cachekit::node::storage {

/// The order in which entries go when memory is short.
enum class EvictionKind : std::uint8_t {
  lru,       ///< The least recently used one, exactly.
  lfu,       ///< The least often used one, with ageing.
  s3fifo,    ///< Newcomers pass a small queue first.
  adaptive,  ///< The default, by frequency and size: fewest misses.
};

struct Eviction {
  EvictionKind kind = EvictionKind::adaptive;

  /// Evict at all? If not, a write that does not fit is refused.
  bool evicts = true;

  /// Evict keys with an expiry alone.
  bool volatile_only = false;

  friend bool operator==(const Eviction&, const Eviction&) = default;
};

struct StoreOptions {
  /// Most bytes that keys, values, tables and buffers may take, in pages as the system counts
  /// them; 0: no limit.
  std::size_t max_memory_bytes = 0;

  Eviction eviction = {.kind = EvictionKind::lru, .evicts = false};

  /// Longest value that a command may build (APPEND, SETRANGE); Redis's proto-max-bulk-len.
  std::size_t max_value_bytes = std::size_t{512} << 20;

  /// Seeds the choice of random keys and the hash.
  std::uint64_t seed = 0;
};

/// Counters since the start, or since reset_statistics().
struct StoreStatistics {
  std::uint64_t keyspace_hits = 0;
  std::uint64_t keyspace_misses = 0;
  std::uint64_t expired_keys = 0;
  std::uint64_t evicted_keys = 0;
};

}  // namespace cachekit::node::storage
