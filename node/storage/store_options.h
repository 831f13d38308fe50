// How a store is set up, and what it counts.

#pragma once

#include <cstddef>
#include <cstdint>

namespace cachekit::node::storage {

enum class EvictionPolicy : std::uint8_t {
  noeviction,   ///< A write that does not fit is refused.
  allkeys_lru,  ///< The least recently used keys make room for it.
};

struct StoreOptions {
  /// Most bytes that keys, values and tables may take, as the allocator counts them; 0: no limit.
  std::size_t max_memory_bytes = 0;

  EvictionPolicy eviction = EvictionPolicy::noeviction;

  /// Longest value that a command may build (APPEND, SETRANGE); Redis's proto-max-bulk-len.
  std::size_t max_value_bytes = std::size_t{512} << 20;

  /// Seeds the choice of random keys, the store's only randomness.
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
