#include "tests/chaos/run.h"

#include <algorithm>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "client/local/service_check.h"
#include "tests/chaos/goals.h"
#include "tests/chaos/primary_watch.h"
#include "tests/chaos/workload.h"

namespace cachekit::chaos {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

// Before the first fault, and between the end of the load and the count.
constexpr std::chrono::seconds settling_time{2};

constexpr std::chrono::seconds start_limit{20};
constexpr milliseconds state_interval{5};

constexpr std::size_t etcd_members = 3;
constexpr test::EtcdTimings etcd_timings = test::etcd_in_one_datacentre;

Result<LocalCluster> start_cluster(const RunOptions& options, const Network& network,
                                   const test::EtcdCluster* etcd) {
  LocalClusterOptions cluster;
  if (etcd != nullptr) cluster.topology = etcd->url("chaos");
  cluster.shards = options.shards;
  cluster.replicas = options.replicas;
  cluster.each = network.node_options();
  cluster.with_agent = options.agents == 0;
  return LocalCluster::start(std::move(cluster));
}

Result<std::unique_ptr<AgentProcesses>> start_agents(const RunOptions& options,
                                                     const Scene& scene) {
  const std::string url = scene.cluster.url();
  auto agents = AgentProcesses::start(options.agents, url, scene.folder());
  const auto deadline = Clock::now() + start_limit;
  while (agents && !local::is_in_service(url, options.replicas)) {
    if (Clock::now() > deadline) {
      return tl::unexpected(
          Status(Code::unavailable, "the agents have not put all nodes in place in time"));
    }
    std::this_thread::sleep_for(state_interval);
  }
  return agents;
}

// Strikes one shard after the other; a fault that takes longer than the period has the next one
// follow at once.
Status strike_all(Fault& fault, const RunOptions& options, Clock::time_point end) {
  Clock::time_point due = Clock::now() + settling_time;
  const std::chrono::seconds period(options.period_s);
  for (std::size_t strike = 0; due < end; ++strike, due += period) {
    std::this_thread::sleep_until(due);
    if (Status struck = fault.strike(strike % options.shards); !struck.ok()) return struck;
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

// The load, with faults in it; then the count.
Result<Report> work(const RunOptions& options, const Scene& scene) {
  const std::unique_ptr<Fault> fault = make_fault(options.fault, scene);
  if (Status ready = fault->prepare(); !ready.ok()) return tl::unexpected(std::move(ready));
  auto workload = Workload::start(scene.cluster.url(), {});
  if (!workload) return tl::unexpected(std::move(workload.error()));
  const PrimaryWatch watch(scene.client);

  const Clock::time_point began = Clock::now();
  Status struck = strike_all(*fault, options, began + std::chrono::seconds(options.seconds));
  if (!struck.ok()) return tl::unexpected(std::move(struck));
  Report report;
  report.fault = options.fault;
  report.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  (*workload)->stop();
  std::this_thread::sleep_for(settling_time);

  for (const auto& shard : (*workload)->shards()) add(report, shard->plain, shard->concern);
  note_outages(**workload, *fault, report);
  const AgentCounters counted = scene.cluster.agent_counters();
  report.promotions = scene.agents == nullptr ? counted.promotions : watch.changes();
  report.hand_overs = counted.hand_overs;
  if (!count_losses(**workload, report)) {
    return tl::unexpected(Status(Code::unavailable, "the cluster has not healed"));
  }
  if (scene.etcd != nullptr) {
    report.add_detail("etcd_heartbeat_ms", etcd_timings.heartbeat);
    report.add_detail("etcd_election_ms", etcd_timings.election);
  }
  fault->add_to(report, **workload, options.slack);
  judge(report, options.slack);
  return report;
}

}  // namespace

Result<Report> run(const RunOptions& options, Network& network) {
  std::optional<test::EtcdCluster> etcd;
  if (options.in_etcd) etcd.emplace(etcd_members, etcd_timings);
  Result<LocalCluster> cluster = start_cluster(options, network, etcd ? &*etcd : nullptr);
  if (!cluster) return tl::unexpected(std::move(cluster.error()));
  Result<Client> client = Client::connect(cluster->url());
  if (!client) return tl::unexpected(std::move(client.error()));
  Scene scene{*cluster, *client, network, nullptr, etcd ? &*etcd : nullptr, options.strength};
  std::unique_ptr<AgentProcesses> agents;
  if (options.agents > 0) {
    auto started = start_agents(options, scene);
    if (!started) return tl::unexpected(std::move(started.error()));
    agents = *std::move(started);
    scene.agents = agents.get();
  }
  Result<Report> report = work(options, scene);
  agents.reset();  // before the nodes, or they would put others in the place of those that stop
  Status stopped = cluster->stop();
  if (report && !stopped.ok()) return tl::unexpected(std::move(stopped));
  return report;
}

}  // namespace cachekit::chaos
