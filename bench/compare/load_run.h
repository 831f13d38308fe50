// The load of one cell: one thread, one epoll, every connection with one batch under way.

#pragma once

#include <cachekit/latency_histogram.h>

#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "bench/compare/load_options.h"
#include "bench/compare/process_cpu.h"

namespace cachekit::bench::compare {

struct LoadResult {
  std::uint64_t requests = 0;
  std::uint64_t misses = 0;
  double elapsed_s = 0;
  ProcessCpu server;             ///< CPU time that the server used meanwhile.
  FineLatencyHistogram latency;  ///< Of batches: from sending one to its last reply.
};

/// The error is a sentence.
tl::expected<LoadResult, std::string> run_load(const LoadOptions& options);

}  // namespace cachekit::bench::compare
