// cachekit-hit-ratio: reads the traces, replays them in process and against servers, reports.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "bench/hit_ratio/in_process.h"
#include "bench/hit_ratio/measurement.h"
#include "bench/hit_ratio/near_replay.h"
#include "bench/hit_ratio/options.h"
#include "bench/hit_ratio/report.h"
#include "bench/hit_ratio/servers.h"

namespace {

using namespace cachekit;
using namespace cachekit::bench::hit_ratio;
using node::storage::EvictionKind;

constexpr int exit_failed = 1;

struct NamedKind {
  const char* name;
  EvictionKind kind;
};
constexpr NamedKind policies[] = {{"lru", EvictionKind::lru},
                                  {"lfu", EvictionKind::lfu},
                                  {"s3fifo", EvictionKind::s3fifo},
                                  {"adaptive", EvictionKind::adaptive}};

struct NamedNearPolicy {
  const char* name;
  NearPolicy policy;
};
constexpr NamedNearPolicy near_policies[] = {{"near-cache", NearPolicy::near_cache},
                                             {"lru", NearPolicy::lru},
                                             {"w-tinylfu", NearPolicy::tiny_lfu}};

template <typename... Arguments>
void tell(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::print(stderr, format, std::forward<Arguments>(arguments)...);
}

std::vector<Server> servers(const Options& options) {
  const std::string node =
      !options.node_path.empty()
          ? options.node_path
          : (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "cachekit-node")
                .string();
  return {
      {"node", ServerProgram::node, node, options.node_policy},
      {"redis allkeys-lru", ServerProgram::redis, options.redis_path, "allkeys-lru"},
      {"redis allkeys-lfu", ServerProgram::redis, options.redis_path, "allkeys-lfu"},
      {"memcached", ServerProgram::memcached, options.memcached_path, "", options.memcached_flags,
       options.memcached_frugal_flags},
  };
}

Result<std::vector<Trace>> read_traces(const Options& options) {
  const std::vector<TraceSpec> specs =
      options.traces.empty()
          ? std::vector<TraceSpec>{{options.trace, options.value_scale, options.limit_mb << 20}}
          : public_traces(options.traces);
  std::vector<Trace> traces;
  for (const TraceSpec& spec : specs) {
    Result<Trace> trace = read_trace(spec, options.requests);
    if (!trace) return tl::unexpected(trace.error());
    traces.push_back(*std::move(trace));
  }
  return traces;
}

std::vector<EngineFigure> measure_engine(const Trace& trace) {
  std::vector<EngineFigure> figures;
  for (const auto& [name, kind] : policies) {
    figures.push_back({name, replay_in_process(trace, kind)});
    tell("{}, engine, {}: {:.4f}\n", trace.name, name, figures.back().replay.miss_ratio());
  }
  return figures;
}

std::vector<EngineFigure> measure_near(const Trace& trace) {
  std::vector<EngineFigure> figures;
  for (const auto& [name, policy] : near_policies) {
    figures.push_back({name, replay_near(trace, policy)});
    tell("{}, near-cache, {}: {:.4f}\n", trace.name, name, figures.back().replay.miss_ratio());
  }
  return figures;
}

ServerFigure measure_server(const Options& options, const Trace& trace, std::string_view values,
                            Server server) {
  ServerFigure figure{.server = server.name, .is_ours = server.program == ServerProgram::node};
  auto run = run_within_limit(trace, values, server, options.search_runs);
  if (run && !*run && !server.frugal_flags.empty()) {
    figure.flags = fmt::format(" {}", fmt::join(server.frugal_flags, " "));
    server.flags.insert(server.flags.end(), server.frugal_flags.begin(), server.frugal_flags.end());
    run = run_within_limit(trace, values, server, options.search_runs);
  }
  if (!run) {
    figure.failure = run.error().message();
    tell("{}, {}: left out: {}\n", trace.name, server.name, figure.failure);
    return figure;
  }
  figure.fast = *run;
  tell("{}, {}{}: {:.4f}\n", trace.name, server.name, figure.flags,
       figure.miss_ratio().value_or(1));
  return figure;
}

std::vector<ServerFigure> measure_servers(const Options& options, const Trace& trace,
                                          std::string_view values) {
  std::vector<ServerFigure> figures;
  for (const Server& server : servers(options)) {
    figures.push_back(measure_server(options, trace, values, server));
  }
  return figures;
}

// All at the same time: they mostly wait.
void replay_slowly(const Options& options, const std::vector<Trace>& traces,
                   std::string_view values, std::vector<TraceFigures>& figures) {
  const std::vector<Server> all = servers(options);
  std::vector<std::thread> threads;
  for (std::size_t at = 0; at < traces.size(); ++at) {
    for (std::size_t number = 0; number < figures[at].servers.size(); ++number) {
      ServerFigure& figure = figures[at].servers[number];
      if (!all[number].has_coarse_clock() || !figure.fast) continue;
      threads.emplace_back([&figure, &trace = traces[at], &server = all[number], values,
                            duration = Duration(options.slow_s)] {
        const auto run = run_once(trace, values, server, figure.fast->setting_bytes, duration);
        if (run) figure.slow = *run;
      });
    }
  }
  if (!threads.empty()) tell("{} slow replays, {:g} s\n", threads.size(), options.slow_s);
  for (std::thread& thread : threads) thread.join();
}

int run(const Options& options) {
  const Result<std::vector<Trace>> traces = read_traces(options);
  if (!traces) {
    tell("cachekit-hit-ratio: {}; name the folder of the traces with --traces\n",
         traces.error().message());
    return exit_failed;
  }
  std::size_t largest = 0;
  for (const Trace& trace : *traces) largest = std::max(largest, trace.largest_value_bytes);
  const std::string values = value_bytes(largest);

  std::vector<TraceFigures> figures;
  for (const Trace& trace : *traces) {
    TraceFigures one{.trace = trace.name, .spec = trace.spec, .requests = trace.requests.size()};
    if (options.near_cache) {
      one.engine = measure_near(trace);
    } else if (options.engine) {
      one.engine = measure_engine(trace);
    }
    if (options.servers) one.servers = measure_servers(options, trace, values);
    figures.push_back(std::move(one));
  }
  if (options.slow_s > 0) replay_slowly(options, *traces, values, figures);
  fmt::print("{}\n", options.json ? report_json(options, figures) : report_text(options, figures));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (const auto exit_code = parse_command_line(argc, argv, options)) return *exit_code;
  return run(options);
}
