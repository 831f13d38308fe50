// What cachekit-hit-ratio is asked to do.

#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cachekit::bench::hit_ratio {

struct Options {
  /// Folder of the public traces.
  std::filesystem::path traces = "../shared/traces";

  /// Instead of those: one file, with its scale and limit.
  std::filesystem::path trace = {};
  double value_scale = 1;
  std::size_t limit_mb = 16;

  std::size_t requests = 1'000'000;

  /// Replays to find a server's setting with, at most.
  int search_runs = 6;

  /// How long the slow replay takes, for servers with a clock of whole seconds; 0: there is none.
  double slow_s = 100;

  bool engine = true;   ///< In process, each policy.
  bool servers = true;  ///< Over a socket.

  /// The client's near-cache in process, instead of both.
  bool near_cache = false;

  std::string node_path = {};  ///< Beside this program unless given.
  std::string node_policy = "adaptive";
  std::string redis_path = "redis-server";
  std::string memcached_path = "memcached";
  std::vector<std::string> memcached_flags = {};

  /// It gives every size class a page of a megabyte whatever its limit is, so with small limits
  /// and values of all sizes it needs fewer classes.
  std::vector<std::string> memcached_frugal_flags = {"-f", "1.5"};

  bool json = false;
};

/// Nothing if there is something to run, otherwise the exit code.
std::optional<int> parse_command_line(int argc, const char* const* argv, Options& options);

}  // namespace cachekit::bench::hit_ratio
