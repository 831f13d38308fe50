// What cachekit-bench says at the end.
//
// Values; no thread rule.

#pragma once

#include <string>

#include "bench/load/load_options.h"
#include "bench/load/load_run.h"
#include "bench/load/machine.h"

namespace cachekit::bench {

/// Two or three lines on the machine and the workload, printed before the run.
std::string settings_text(const Machine& machine, const LoadOptions& options);

std::string report_text(const LoadResult& result);

/// Everything, for programs; durations in seconds, sizes in bytes.
std::string report_json(const Machine& machine, const LoadOptions& options,
                        const LoadResult& result);

}  // namespace cachekit::bench
