#include <nlohmann/json.hpp>

#include "bench/hit_ratio/report.h"
#include "bench/load/machine.h"
#include "cachekit/version.h"

namespace cachekit::bench::hit_ratio {
namespace {

using nlohmann::json;

json run_json(const std::optional<Run>& run) {
  if (!run) return nullptr;
  return {{"miss_ratio", run->replay.miss_ratio()}, {"misses", run->replay.misses},
          {"requests", run->replay.requests},       {"setting_bytes", run->setting_bytes},
          {"taken_bytes", run->taken_bytes},        {"elapsed_s", run->elapsed_s}};
}

json trace_json(const TraceFigures& figures) {
  json engine = json::object();
  for (const EngineFigure& figure : figures.engine) {
    engine[figure.policy] = figure.replay.miss_ratio();
  }
  json servers = json::object();
  for (const ServerFigure& figure : figures.servers) {
    servers[figure.server] = {{"flags", figure.flags},
                              {"failure", figure.failure},
                              {"fast", run_json(figure.fast)},
                              {"slow", run_json(figure.slow)}};
  }
  json result = {{"trace", figures.trace},
                 {"value_scale", figures.spec.value_scale},
                 {"limit_bytes", figures.spec.limit_bytes},
                 {"requests", figures.requests},
                 {"engine_miss_ratio", engine},
                 {"servers", servers}};
  if (const auto gain = figures.gain()) result["fewer_misses_than_best_other"] = *gain;
  return result;
}

}  // namespace

std::string report_json(const Options& options, const std::vector<TraceFigures>& figures) {
  const Machine machine = this_machine();
  json traces = json::array();
  for (const TraceFigures& one : figures) traces.push_back(trace_json(one));
  return json{{"version", version},
              {"machine",
               {{"cores", machine.cores},
                {"processor", machine.processor},
                {"memory_bytes", machine.memory_bytes},
                {"kernel", machine.kernel}}},
              {"settings",
               {{"requests", options.requests},
                {"search_runs", options.search_runs},
                {"slow_s", options.slow_s},
                {"node_eviction", options.node_policy}}},
              {"traces", traces}}
      .dump(2);
}

}  // namespace cachekit::bench::hit_ratio
