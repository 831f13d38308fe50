#include "bench/load/load_options.h"

#include <fmt/format.h>

#include "bench/load/content.h"
#include "bench/load/trace_line.h"

namespace cachekit::bench {
namespace {

// Each thread has its histograms and at most one call under way; far beyond this the machine
// measures its scheduler.
constexpr unsigned thread_limit = 4096;

// Requests of one pipeline are kept in memory, with their values.
constexpr std::size_t pipeline_depth_limit = 10'000;

constexpr std::size_t key_limit_bytes = std::size_t{64} << 10;

// An empty sentence: all is well.
std::string mistake_in_load(const LoadOptions& options) {
  if (options.threads < 1 || options.threads > thread_limit) {
    return fmt::format("--threads is 1 to {}", thread_limit);
  }
  if (options.connections_per_node < 1) return "--connections is at least 1";
  if (!(options.hedge_share >= 0 && options.hedge_share <= 1)) return "--hedge-share is 0 to 1";
  if (options.pipeline_depth < 1 || options.pipeline_depth > pipeline_depth_limit) {
    return fmt::format("--pipeline is 1 to {}", pipeline_depth_limit);
  }
  if (options.rate_per_s && *options.rate_per_s <= 0) return "--rate is above 0";
  if (options.duration_s && *options.duration_s <= 0) return "--duration is above 0";
  if (options.requests && *options.requests == 0) return "--requests is at least 1";
  return "";
}

std::string mistake_in_content(const LoadOptions& options) {
  if (options.keys < 1) return "--keys is at least 1";
  const std::size_t digits = digits_of(options.keys - 1);
  if (options.key_size_bytes < digits || options.key_size_bytes > key_limit_bytes) {
    return fmt::format("--key-size is {} to {} for {} keys", digits, key_limit_bytes, options.keys);
  }
  if (options.value_size_bytes > value_limit_bytes) {
    return fmt::format("--value-size is at most {}", value_limit_bytes);
  }
  if (options.get_ratio < 0 || options.get_ratio > 1) return "--get-ratio is 0 to 1";
  if (options.zipf_exponent <= 0) return "--zipf-exponent is above 0";
  if (options.value_scale <= 0) return "--value-scale is above 0";
  if (options.ttl && options.ttl->count() < 1) return "--ttl is at least 0.001";
  return "";
}

std::string mistake_in_cluster(const LoadOptions& options) {
  if (options.url.empty()) return "";
  if (!options.node_flags.empty()) {
    return "--node-flag is for the cluster that is started here, so it excludes --url";
  }
  return "";
}

}  // namespace

Status check(const LoadOptions& options) {
  for (const auto& mistake :
       {mistake_in_load(options), mistake_in_content(options), mistake_in_cluster(options)}) {
    if (!mistake.empty()) return {Code::invalid_argument, mistake};
  }
  return {};
}

std::string_view name_of(Distribution distribution) {
  switch (distribution) {
    case Distribution::zipf:
      return "zipf";
    case Distribution::uniform:
      return "uniform";
    case Distribution::sequential:
      break;
  }
  return "sequential";
}

}  // namespace cachekit::bench
