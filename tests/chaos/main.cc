// cachekit-chaos: a cluster on this machine, a load on it, faults in between, and what came of it.

#include <cachekit/agent.h>
#include <cachekit/local_cluster.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <set>
#include <string>
#include <thread>

#include "tests/chaos/faults.h"
#include "tests/chaos/report.h"
#include "tests/chaos/workload.h"

namespace cachekit::chaos {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Before the first fault, and between the end of the load and the count.
constexpr seconds settling_time{2};

struct Flags {
  std::string fault = "kill";
  std::size_t shards = 3;
  std::size_t replicas = 2;
  int seconds = 60;
  int period_s = 20;
  double least_succeeded = 0;
  std::string json;
};

int fail(std::string_view what) {
  fmt::print(stderr, "cachekit-chaos: {}\n", what);
  return 1;
}

// Strikes one shard after the other; a fault that takes longer than the period has the next one
// follow at once.
Status strike_all(Fault& fault, const Flags& flags, Clock::time_point end) {
  Clock::time_point due = Clock::now() + settling_time;
  for (std::size_t strike = 0; due < end; ++strike, due += std::chrono::seconds(flags.period_s)) {
    std::this_thread::sleep_until(due);
    if (Status struck = fault.strike(strike % flags.shards); !struck.ok()) return struck;
  }
  std::this_thread::sleep_until(end);
  return {};
}

// Counts what is not there any more; what a read has missed but is there was a stale read.
bool count_losses(Workload& workload, Report& report) {
  for (const auto& shard : workload.shards()) {
    const auto lost = workload.missing(shard->plain, shard->plain.acknowledged());
    const auto lost_by_replica = workload.missing(shard->concern, shard->concern.acknowledged());
    if (!lost || !lost_by_replica) return false;
    const std::set<std::uint64_t> gone(lost->begin(), lost->end());
    report.lost += lost->size();
    report.lost_by_replica += lost_by_replica->size();
    report.stale_reads += static_cast<std::uint64_t>(std::ranges::count_if(
        shard->plain.unseen(), [&](std::uint64_t number) { return !gone.contains(number); }));
  }
  return true;
}

void note_outages(const Workload& workload, const Fault& fault, Report& report) {
  for (const FaultDone& done : fault.done()) {
    const Stream& writes = workload.shards()[done.shard]->plain.writes();
    report.write_resumed_after.push_back(
        duration_cast<microseconds>(writes.first_success_after(done.at)));
  }
}

// What no run may show, however short and on however slow a machine.
bool is_safe(const Report& report, const Flags& flags) {
  return report.lost_by_replica == 0 && report.deposed_acknowledgements == 0 &&
         report.acknowledged_by_replica > 0 && report.succeeded() >= flags.least_succeeded;
}

int run(const Flags& flags) {
  LocalClusterOptions options;
  options.shards = flags.shards;
  options.replicas = flags.replicas;
  Result<LocalCluster> cluster = LocalCluster::start(options);
  if (!cluster) return fail(cluster.error().message());
  Result<std::unique_ptr<Workload>> workload = Workload::start(cluster->url(), {});
  if (!workload) return fail(workload.error().message());
  const std::unique_ptr<Fault> fault = make_fault(flags.fault, *cluster, (*workload)->client());

  const Clock::time_point began = Clock::now();
  const Status struck = strike_all(*fault, flags, began + seconds(flags.seconds));
  if (!struck.ok()) return fail(struck.message());
  Report report;
  report.fault = flags.fault;
  report.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  (*workload)->stop();
  std::this_thread::sleep_for(settling_time);

  for (const auto& shard : (*workload)->shards()) add(report, shard->plain, shard->concern);
  note_outages(**workload, *fault, report);
  report.deposed_acknowledgements = fault->deposed_acknowledgements();
  report.promotions = cluster->agent_counters().promotions;
  report.hand_overs = cluster->agent_counters().hand_overs;
  if (!count_losses(**workload, report)) return fail("the cluster has not healed");
  fmt::print("{}", to_text(report));
  if (!flags.json.empty()) std::ofstream(flags.json) << to_json(report);
  if (!is_safe(report, flags)) return fail("that must not be");
  const Status stopped = cluster->stop();
  return stopped.ok() ? 0 : fail(stopped.message());
}

int main(int argc, const char* const* argv) {
  CLI::App app{"Faults in a cluster under load, and what came of it.", "cachekit-chaos"};
  Flags flags;
  app.add_option("--fault", flags.fault, "What is done to primaries")
      ->check(CLI::IsMember(fault_names()))
      ->capture_default_str();
  app.add_option("--seconds", flags.seconds, "How long the load runs")->capture_default_str();
  app.add_option("--period", flags.period_s, "Seconds from one fault to the next")
      ->capture_default_str();
  app.add_option("--shards", flags.shards, "Shards")->capture_default_str();
  app.add_option("--replicas", flags.replicas, "Replicas of each")
      ->check(CLI::Range(1, 8))
      ->capture_default_str();
  app.add_option("--least-succeeded", flags.least_succeeded,
                 "Share of the operations that must succeed")
      ->capture_default_str();
  app.add_option("--json", flags.json, "File for the report");
  CLI11_PARSE(app, argc, argv);
  return run(flags);
}

}  // namespace
}  // namespace cachekit::chaos

int main(int argc, char** argv) { return cachekit::chaos::main(argc, argv); }
