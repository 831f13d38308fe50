// Replays a trace as an application with a cache in front of its database would: GET, and on a miss
// SET with the size that the trace names.
//
// One thread reads and deals the requests out by the key's hash, so all requests of a key go to one
// thread and stay in order. In a pipeline of depth n, the GETs of n requests go out together and
// then the SETs of those that missed; a batch ends early before a key that it has already, so hits
// and misses are those of plain calls.
//
// Thread rule: feed on one thread, run_trace_load on one thread for each queue.

#pragma once

#include <cstdint>
#include <vector>

#include "bench/load/block_queue.h"
#include "bench/load/load_options.h"
#include "bench/load/request_runner.h"
#include "bench/load/run_clock.h"
#include "bench/load/trace_reader.h"

namespace cachekit::bench {

/// Reads until the end, the options' number of requests, or the end of the run; then closes the
/// queues. Fails as the reader does; what came before is replayed.
Status feed(TraceReader& reader, const LoadOptions& options, std::vector<BlockQueue>& queues,
            const RunClock& clock);

void run_trace_load(const LoadOptions& options, unsigned thread, BlockQueue& queue,
                    RequestRunner& runner, RunClock& clock);

}  // namespace cachekit::bench
