#include "bench/hit_ratio/measurement.h"

#include <chrono>

#include "bench/hit_ratio/limit_search.h"
#include "bench/hit_ratio/server_process.h"

namespace cachekit::bench::hit_ratio {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

Result<Run> run_once(const Trace& trace, std::string_view values, const Server& server,
                     std::size_t setting_bytes, Duration duration) {
  const std::uint16_t port = free_port();
  auto process = ServerProcess::start(
      server.command(port, setting_bytes, trace.largest_value_bytes), server.protocol(), port);
  if (!process) return tl::unexpected(process.error());
  const std::size_t empty_bytes = (*process)->resident_bytes();
  const auto start = Clock::now();
  const auto replay = replay_over_socket(trace, values, (*process)->connection(), duration);
  if (!replay) return tl::unexpected(replay.error());
  return Run{.replay = *replay,
             .setting_bytes = setting_bytes,
             .taken_bytes = (*process)->peak_bytes() - empty_bytes,
             .elapsed_s = Duration(Clock::now() - start).count()};
}

Result<std::optional<Run>> run_within_limit(const Trace& trace, std::string_view values,
                                            const Server& server, int most_runs) {
  LimitSearch search(trace.spec.limit_bytes, server.unit_bytes(), most_runs);
  std::optional<Run> best;
  for (bool first = true; const auto setting = search.next(); first = false) {
    const Result<Run> run = run_once(trace, values, server, *setting, Duration(0));
    if (!run && first) return tl::unexpected(run.error());
    if (!run) break;  // it refuses to start with so little
    search.note(*setting, run->taken_bytes);
    if (search.best() == setting) best = *run;
  }
  return best;
}

}  // namespace cachekit::bench::hit_ratio
