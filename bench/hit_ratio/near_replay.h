// Replays a trace against the client's near-cache, and against two other policies that count the
// same bytes for an entry: exact LRU and W-TinyLFU.

#pragma once

#include <cstdint>

#include "bench/hit_ratio/trace.h"

namespace cachekit::bench::hit_ratio {

enum class NearPolicy : std::uint8_t { near_cache, lru, tiny_lfu };

/// A read, and on a miss a fill. Everything that is kept counts towards the trace's limit: the
/// near- cache's table and ghosts as well, of the others the entries alone.
Replay replay_near(const Trace& trace, NearPolicy policy);

}  // namespace cachekit::bench::hit_ratio
