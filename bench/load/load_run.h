// A whole run on a connected client: preload, load, and what the nodes say before and after.
//
// Thread rule: one thread; it starts the others and joins them.

#pragma once

#include <cachekit/client.h>

#include <vector>

#include "bench/load/load_options.h"
#include "bench/load/measurements.h"
#include "bench/load/node_figures.h"
#include "bench/load/run_events.h"

namespace cachekit::bench {

struct LoadResult {
  Measurements measurements;
  double elapsed_s = 0;
  bool interrupted = false;
  std::uint64_t preload_errors = 0;
  std::vector<NodeFigures> nodes;  ///< What happened during the measured part.
};

/// Fails with invalid_argument if the trace cannot be read; operations that fail are counted.
Result<LoadResult> run_load(Client& client, const LoadOptions& options, RunEvents& events);

}  // namespace cachekit::bench
