// Replays a trace against the node's storage engine in this process: the misses of the policy
// and the engine's memory alone.

#pragma once

#include <string_view>

#include "bench/hit_ratio/trace.h"
#include "node/storage/store_options.h"

namespace cachekit::bench::hit_ratio {

/// Cache-aside: a read, and on a miss a write. The store counts every byte it takes towards the
/// trace's limit.
Replay replay_in_process(const Trace& trace, node::storage::EvictionKind kind);

}  // namespace cachekit::bench::hit_ratio
