// Replays a trace against a server as an application with a cache in front of its database would:
// get, and on a miss set.
//
// Requests go out in batches of distinct keys: the gets together, then the sets of those that
// missed. So a miss is set up to a batch later than by an application that does one at a time.

#pragma once

#include <chrono>
#include <string_view>

#include "bench/hit_ratio/cache_connection.h"
#include "bench/hit_ratio/trace.h"

namespace cachekit::bench::hit_ratio {

/// How long the replay is to take, spread evenly; zero: as fast as it goes.
using Duration = std::chrono::duration<double>;

/// `values` has at least as many bytes as the largest value.
Result<Replay> replay_over_socket(const Trace& trace, std::string_view values,
                                  CacheConnection& connection, Duration duration);

}  // namespace cachekit::bench::hit_ratio
