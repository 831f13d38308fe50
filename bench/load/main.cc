// cachekit-bench: reads the flags, starts a cluster if none is named, runs the load, reports.

#include <cachekit/cachekit.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "bench/load/build_kind.h"
#include "bench/load/load_options.h"
#include "bench/load/load_run.h"
#include "bench/load/report.h"
#include "bench/load/run_events.h"

namespace {

using namespace cachekit;
using namespace cachekit::bench;

// As if every operation had failed.
constexpr int exit_failed = 1;

int complain(const Status& status) {
  fmt::print(stderr, "cachekit-bench: {}\n", status.message());
  return exit_failed;
}

bool refuse_unfit_build(bool allowed) {
  const std::string_view kind = unfit_build();
  if (kind.empty()) return false;
  fmt::print(stderr,
             "cachekit-bench: WARNING: this is {}, so its figures mean nothing. Build the release "
             "preset{}\n",
             kind, allowed ? "." : ", or add --allow-debug to run it all the same.");
  return !allowed;
}

ClientOptions client_options(const LoadOptions& options) {
  ClientOptions client;
  client.total_timeout = options.timeout;
  client.read_timeout = std::min(client.read_timeout, options.timeout);
  client.connections_per_node = options.connections_per_node;
  client.hedge_share = options.hedge_share;
  client.client_name = "cachekit-bench";
  return client;
}

Result<LocalCluster> start_cluster(const LoadOptions& options) {
  LocalClusterOptions cluster;
  cluster.shards = options.shards;
  cluster.node_flags = options.node_flags;
  return LocalCluster::start(std::move(cluster));
}

int run(const LoadOptions& options) {
  RunEvents events;
  std::optional<Result<LocalCluster>> cluster;
  if (options.url.empty()) cluster = start_cluster(options);
  if (cluster && !*cluster) return complain(cluster->error());
  Result<Client> client =
      Client::connect(cluster ? (*cluster)->url() : options.url, client_options(options));
  if (!client) return complain(client.error());

  const Machine machine = this_machine();
  fmt::print(options.json ? stderr : stdout, "{}", settings_text(machine, options));
  std::fflush(stdout);
  const Result<LoadResult> result = run_load(*client, options, events);
  if (!result) return complain(result.error());
  fmt::print("{}", options.json ? report_json(machine, options, *result) : report_text(*result));

  const Measurements& measured = result->measurements;
  const bool all_failed =
      measured.operations() > 0 && measured.error_count() == measured.operations();
  return all_failed ? exit_failed : 0;
}

}  // namespace

int main(int argc, char** argv) {
  LoadOptions options;
  if (const std::optional<int> code = parse_command_line(argc, argv, options)) return *code;
  if (refuse_unfit_build(options.allow_debug)) return exit_failed;
  return run(options);
}
