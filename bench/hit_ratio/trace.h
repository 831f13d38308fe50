// A trace in memory, ready to be replayed many times.

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cachekit/status.h"

namespace cachekit::bench::hit_ratio {

inline constexpr std::size_t mebibyte = std::size_t{1} << 20;

/// A trace file, what its value sizes are multiplied by, and how much memory a cache for it gets.
struct TraceSpec {
  std::filesystem::path path;
  double value_scale = 1;
  std::size_t limit_bytes = 0;
};

/// The public traces that the figures in bench/README.md are of. Traces too small for a server's
/// least sensible memory have larger values; the limit is a tenth of the distinct bytes.
std::vector<TraceSpec> public_traces(const std::filesystem::path& folder);

struct Trace {
  struct Request {
    std::uint32_t key;  ///< Its place in `keys`.
    std::uint32_t size_bytes;
  };

  std::string name;
  TraceSpec spec;
  std::vector<std::string> keys;
  std::vector<Request> requests;
  std::size_t largest_value_bytes = 0;
};

/// The first `most_requests` of the file.
Result<Trace> read_trace(const TraceSpec& spec, std::size_t most_requests);

/// What became of the requests.
struct Replay {
  std::uint64_t requests = 0;
  std::uint64_t misses = 0;

  double miss_ratio() const {
    return requests > 0 ? static_cast<double>(misses) / static_cast<double>(requests) : 0;
  }
};

/// Bytes for values: the first n are a value of n bytes. Random, so that nothing compresses them.
std::string value_bytes(std::size_t size_bytes);

}  // namespace cachekit::bench::hit_ratio
