// One thread's part of the synthetic workload: GETs and SETs of random keys.
//
// Thread rule: each function runs on its own thread, with its own RequestRunner.

#pragma once

#include "bench/load/load_options.h"
#include "bench/load/request_runner.h"
#include "bench/load/run_clock.h"

namespace cachekit::bench {

/// Writes the keys that fall to `thread`, in large pipelines.
void preload(const LoadOptions& options, unsigned thread, RequestRunner& runner, RunClock& clock);

void run_synthetic_load(const LoadOptions& options, unsigned thread, RequestRunner& runner,
                        RunClock& clock);

/// The part of `total` that falls to `thread`; the parts add up to the total.
std::uint64_t share_of(std::uint64_t total, unsigned thread, unsigned threads);

}  // namespace cachekit::bench
