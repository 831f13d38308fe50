#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <string_view>

#include "bench/load/load_options.h"
#include "cachekit/version.h"

namespace cachekit::bench {
namespace {

constexpr const char* description = R"(cachekit-bench: load on a cachekit cluster, and its latency.

Without flags it runs the canonical workload: 80 % GET and 20 % SET of 500-byte values under
100,000 keys of 50 bytes, chosen by zipf 0.99, from 8 threads for 10 seconds, on three nodes that
it starts and stops itself.)";

constexpr const char* other_workloads = R"(Other workloads:
  one call at a time            cachekit-bench --threads 1
  deep pipelines                cachekit-bench --pipeline 64
  reads only, all keys alike    cachekit-bench --get-ratio 1 --distribution uniform
  writes only, small values     cachekit-bench --get-ratio 0 --value-size 32
  latency at a steady load      cachekit-bench --rate 20000
  a trace, cache-aside          cachekit-bench --trace web12.txt.zst --threads 1 \
                                  --node-flag=--maxmemory=16mb
  redis-server, for comparison  cachekit-bench --url redis://127.0.0.1:6379)";

Distribution distribution_named(std::string_view name) {
  for (const Distribution other : {Distribution::uniform, Distribution::sequential}) {
    if (name == name_of(other)) return other;
  }
  return Distribution::zipf;
}

// Seconds with fractions on the command line, milliseconds inside.
CLI::Option* add_seconds(CLI::App& app, const std::string& name, const std::string& help,
                         const std::function<void(std::chrono::milliseconds)>& assign) {
  return app
      .add_option_function<double>(
          name,
          [assign](const double& seconds) {
            assign(std::chrono::milliseconds(std::llround(seconds * 1000)));
          },
          help)
      ->type_name("SECONDS");
}

void add_cluster_options(CLI::App& app, LoadOptions& options) {
  app.add_option("--url", options.url, "The cluster; without it a local one is started and stopped")
      ->group("Cluster");
  app.add_option("--shards", options.shards, "Nodes of the local cluster")
      ->group("Cluster")
      ->capture_default_str();
  app.add_option("--node-flag", options.node_flags,
                 "A flag for each node of the local cluster, such as --node-flag=--maxmemory=64mb")
      ->group("Cluster")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--connections", options.connections_per_node, "Connections to each node, at most")
      ->group("Cluster")
      ->capture_default_str();
  add_seconds(app, "--timeout", "Bound on each call [1]",
              [&options](std::chrono::milliseconds time) { options.timeout = time; })
      ->group("Cluster");
  app.add_option("--hedge-share", options.hedge_share,
                 "Of the reads of shards with replicas, at most so many are hedged")
      ->group("Cluster")
      ->capture_default_str();
}

void add_load_options(CLI::App& app, LoadOptions& options) {
  const auto add = [&app](const std::string& name, auto& target, const std::string& help) {
    return app.add_option(name, target, help)->group("Load");
  };
  add("--threads", options.threads, "Threads that share one client")->capture_default_str();
  add("--pipeline", options.pipeline_depth, "Requests that a thread sends in one go")
      ->capture_default_str();
  add("--duration", options.duration_s, "Seconds to run [10, or the whole trace]");
  add("--requests", options.requests, "End after so many requests");
  add("--rate", options.rate_per_s,
      "Requests per second, sent on schedule (open loop); latency\ncounts from the time a request "
      "was due");
  add("--seed", options.seed, "Of all random choices")->capture_default_str();
}

void add_workload_options(CLI::App& app, LoadOptions& options) {
  const auto add = [&app](const std::string& name, auto& target, const std::string& help) {
    return app.add_option(name, target, help)->group("Workload")->capture_default_str();
  };
  add("--keys", options.keys, "Distinct keys");
  add("--key-size", options.key_size_bytes, "Bytes");
  add("--value-size", options.value_size_bytes, "Bytes");
  add("--get-ratio", options.get_ratio, "Share of GETs, 0 to 1; the rest are SETs");
  app.add_option_function<std::string>(
         "--distribution",
         [&options](const std::string& name) { options.distribution = distribution_named(name); },
         "How keys are chosen: zipf, uniform or sequential [zipf]")
      ->group("Workload")
      ->type_name("NAME")
      ->check(CLI::IsMember({"zipf", "uniform", "sequential"}).description(""));
  add("--zipf-exponent", options.zipf_exponent, "Skew");
  add_seconds(app, "--ttl", "Expiry of every SET [none]",
              [&options](std::chrono::milliseconds time) { options.ttl = time; })
      ->group("Workload");
  const auto add_flag = [&](const char* name, bool value, const char* help) {
    const auto assign = [&options, value](std::int64_t) { options.preload = value; };
    app.add_flag_function(name, assign, help)->group("Workload");
  };
  add_flag("--preload", true, "Write all keys before measuring, which is the default");
  add_flag("--no-preload", false, "Start with what the cluster holds");
}

void add_trace_options(CLI::App& app, LoadOptions& options) {
  app.add_option(
         "--trace", options.trace,
         "Replay this file instead: lines `<key> <size>`, compressed by\nzstd. GET, and on a miss "
         "SET with that size. Each key's requests\nstay in order; with --threads 1 all do")
      ->group("Trace")
      ->type_name("FILE");
  app.add_option("--value-scale", options.value_scale, "Multiplies the sizes in the trace")
      ->group("Trace")
      ->capture_default_str();
}

void add_report_options(CLI::App& app, LoadOptions& options) {
  app.add_flag("--json", options.json, "Print the report as JSON")->group("Report");
  app.add_flag("--allow-debug", options.allow_debug,
               "Run although this build is not optimized; its figures mean nothing")
      ->group("Report");
}

}  // namespace

std::optional<int> parse_command_line(int argc, const char* const* argv, LoadOptions& options) {
  CLI::App app{description, "cachekit-bench"};
  app.footer(other_workloads);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.set_version_flag("--version", std::string(version));
  add_cluster_options(app, options);
  add_load_options(app, options);
  add_workload_options(app, options);
  add_trace_options(app, options);
  add_report_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  const Status checked = check(options);
  if (checked.ok()) return std::nullopt;
  std::cerr << "cachekit-bench: " << checked.message() << "; see --help\n";
  return 2;
}

}  // namespace cachekit::bench
