#include <nlohmann/json.hpp>

#include "bench/load/report.h"
#include "cachekit/version.h"

namespace cachekit::bench {
namespace {

using nlohmann::json;

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

json latency_json(const FineLatencyHistogram& latency) {
  return {{"requests", latency.count()},
          {"mean_s", seconds(latency.mean())},
          {"p50_s", seconds(latency.quantile(0.5))},
          {"p90_s", seconds(latency.quantile(0.9))},
          {"p99_s", seconds(latency.quantile(0.99))},
          {"p99_9_s", seconds(latency.quantile(0.999))},
          {"max_s", seconds(latency.maximum())}};
}

json machine_json(const Machine& machine) {
  return {{"cores", machine.cores},
          {"processor", machine.processor},
          {"memory_bytes", machine.memory_bytes},
          {"kernel", machine.kernel}};
}

// The URL is left out, for it may hold a password.
json settings_json(const LoadOptions& options) {
  json settings = {{"own_cluster", options.url.empty()},
                   {"threads", options.threads},
                   {"connections_per_node", options.connections_per_node},
                   {"pipeline", options.pipeline_depth},
                   {"hedge_share", options.hedge_share},
                   {"seed", options.seed}};
  if (options.rate_per_s) settings["rate_per_s"] = *options.rate_per_s;
  if (options.ttl) settings["ttl_s"] = seconds(*options.ttl);
  if (options.trace.empty()) {
    settings["keys"] = options.keys;
    settings["key_size_bytes"] = options.key_size_bytes;
    settings["value_size_bytes"] = options.value_size_bytes;
    settings["get_ratio"] = options.get_ratio;
    settings["distribution"] = name_of(options.distribution);
    settings["zipf_exponent"] = options.zipf_exponent;
  } else {
    settings["trace"] = options.trace.string();
    settings["value_scale"] = options.value_scale;
  }
  return settings;
}

json node_json(const NodeFigures& node) {
  return {
      {"shard", node.shard},       {"address", node.address}, {"reachable", node.reachable},
      {"commands", node.commands}, {"hits", node.hits},       {"misses", node.misses},
      {"evicted", node.evicted},   {"keys", node.keys},       {"memory_bytes", node.memory_bytes}};
}

}  // namespace

std::string report_json(const Machine& machine, const LoadOptions& options,
                        const LoadResult& result) {
  const Measurements& measured = result.measurements;
  json nodes = json::array();
  for (const NodeFigures& node : result.nodes) nodes.push_back(node_json(node));
  const double elapsed = result.elapsed_s;
  const json report = {
      {"version", version},
      {"machine", machine_json(machine)},
      {"settings", settings_json(options)},
      {"elapsed_s", elapsed},
      {"interrupted", result.interrupted},
      {"requests", measured.operations()},
      {"requests_per_s", elapsed > 0 ? static_cast<double>(measured.operations()) / elapsed : 0},
      {"hits", measured.hits},
      {"misses", measured.misses},
      {"hit_ratio", measured.hit_ratio()},
      {"errors", measured.error_count()},
      {"errors_by_code", measured.errors},
      {"first_error", measured.first_error},
      {"preload_errors", result.preload_errors},
      {"get", latency_json(measured.get_latency)},
      {"set", latency_json(measured.set_latency)},
      {"all", latency_json(measured.all_latency())},
      {"nodes", nodes}};
  return report.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace cachekit::bench
