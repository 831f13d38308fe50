// The table of miss ratios, as text or as JSON.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/hit_ratio/measurement.h"
#include "bench/hit_ratio/options.h"
#include "bench/hit_ratio/trace.h"

namespace cachekit::bench::hit_ratio {

/// A policy in process: all its memory is the limit's.
struct EngineFigure {
  std::string policy;
  Replay replay;
};

struct ServerFigure {
  std::string server;
  bool is_ours = false;
  std::string flags = {};        ///< That it was given to hold it to the limit at all.
  std::string failure = {};      ///< Why it was left out, if it was.
  std::optional<Run> fast = {};  ///< Nothing either if it cannot be held to the limit.
  std::optional<Run> slow = {};

  /// The better of both.
  std::optional<double> miss_ratio() const;
  bool slow_is_better() const;
};

struct TraceFigures {
  std::string trace;
  TraceSpec spec;
  std::size_t requests = 0;
  std::vector<EngineFigure> engine = {};
  std::vector<ServerFigure> servers = {};

  /// How much less our node misses than the best of the other servers, as a share; nothing
  /// without both.
  std::optional<double> gain() const;
};

std::string report_text(const Options& options, const std::vector<TraceFigures>& figures);
std::string report_json(const Options& options, const std::vector<TraceFigures>& figures);

}  // namespace cachekit::bench::hit_ratio
