// What cachekit-bench is asked to do. The defaults are the canonical workload.
//
// Values; no thread rule.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/key_chooser.h"
#include "cachekit/status.h"

namespace cachekit::bench {

struct LoadOptions {
  std::string url;  ///< Empty: a local cluster, started and stopped here.
  std::size_t shards = 3;
  std::vector<std::string> node_flags;

  unsigned threads = 8;
  std::size_t connections_per_node = 12;
  std::size_t pipeline_depth = 1;  ///< Requests that a thread has under way; 1: plain calls.
  std::chrono::milliseconds timeout{1000};
  double hedge_share = 0;  ///< Of the reads; 0: none are hedged.

  std::uint64_t keys = 100'000;
  std::size_t key_size_bytes = 50;
  std::size_t value_size_bytes = 500;
  double get_ratio = 0.8;
  Distribution distribution = Distribution::zipf;
  double zipf_exponent = 0.99;
  std::optional<std::chrono::milliseconds> ttl;
  bool preload = true;

  std::filesystem::path trace;  ///< Not empty: replayed instead of the above.
  double value_scale = 1.0;

  std::optional<double> duration_s;       ///< None: canonical_duration_s, or the whole trace.
  std::optional<std::uint64_t> requests;  ///< The end, if it comes before the duration's.
  std::optional<double> rate_per_s;       ///< Open loop.
  std::uint64_t seed = 1;

  bool json = false;
  bool allow_debug = false;
};

inline constexpr double canonical_duration_s = 10.0;

/// Fails with invalid_argument and a sentence if the options contradict each other.
Status check(const LoadOptions& options);

/// Reads the command line into `options`. The exit code if the program is to end at once, for help
/// or a mistake, which has been printed.
std::optional<int> parse_command_line(int argc, const char* const* argv, LoadOptions& options);

std::string_view name_of(Distribution distribution);

}  // namespace cachekit::bench
