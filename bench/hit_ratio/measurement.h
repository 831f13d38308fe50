// Replays a trace against a server that is held to the trace's limit of memory.
//
// The limit is on what the process takes from the system above what it took when it was empty, at
// its peak. The server's own setting for that is found by replaying with several.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "bench/hit_ratio/servers.h"
#include "bench/hit_ratio/socket_replay.h"
#include "bench/hit_ratio/trace.h"

namespace cachekit::bench::hit_ratio {

/// One replay against a fresh server.
struct Run {
  Replay replay;
  std::size_t setting_bytes = 0;
  std::size_t taken_bytes = 0;  ///< At the peak, above the empty process.
  double elapsed_s = 0;
};

Result<Run> run_once(const Trace& trace, std::string_view values, const Server& server,
                     std::size_t setting_bytes, Duration duration);

/// As fast as it goes, with the largest setting that keeps within the limit. Nothing if none does.
Result<std::optional<Run>> run_within_limit(const Trace& trace, std::string_view values,
                                            const Server& server, int most_runs);

}  // namespace cachekit::bench::hit_ratio
