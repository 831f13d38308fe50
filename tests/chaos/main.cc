// cachekit-chaos: the flags, and what is said at the end.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "tests/chaos/network/namespace_network.h"
#include "tests/chaos/network/proxy_network.h"
#include "tests/chaos/run.h"

namespace cachekit::chaos {
namespace {

// As ctest is told: this machine does not allow it.
constexpr int exit_skipped = 77;

constexpr std::size_t agents_to_choose_from = 2;

struct Flags {
  RunOptions run;
  std::string network;
  double least_succeeded = 0;
  std::string json;
};

int fail(std::string_view what, int code = 1) {
  fmt::print(stderr, "cachekit-chaos: {}\n", what);
  return code;
}

bool cuts_links(std::string_view fault) {
  return fault == "partition" || fault == "client-partition";
}

bool disturbs_links(std::string_view fault) { return fault == "delay" || fault == "slow-replica"; }

// What the fault needs, if nothing was said.
std::string network_of(const Flags& flags) {
  if (!flags.network.empty()) return flags.network;
  const bool needs_one = cuts_links(flags.run.fault) || disturbs_links(flags.run.fault);
  return needs_one ? "proxies" : "none";
}

// Why they do not go together; empty if they do. A proxy does not refuse connections as the port of
// a dead process does, so faults of processes are not for it.
std::string_view objection(std::string_view network, std::string_view fault) {
  if (network == "proxies" && !cuts_links(fault) && !disturbs_links(fault)) {
    return "with proxies there are partition, client-partition, delay and slow-replica";
  }
  if (network != "proxies" && disturbs_links(fault)) return "this fault needs --network proxies";
  if (network == "none" && cuts_links(fault)) {
    return "this fault needs --network proxies or namespaces";
  }
  return {};
}

Result<std::unique_ptr<Network>> open_network(std::string_view name, std::size_t nodes) {
  if (name == "none") return std::make_unique<Network>();
  if (name == "proxies") return std::make_unique<ProxyNetwork>(nodes);
  return NamespaceNetwork::open(nodes);
}

int tell(Report report, const Flags& flags) {
  report.demand(report.succeeded() >= flags.least_succeeded, "too many operations failed");
  fmt::print("{}", to_text(report));
  if (!flags.json.empty()) std::ofstream(flags.json) << to_json(report);
  for (const std::string& violation : report.violations) fail(violation);
  return report.violations.empty() ? 0 : 1;
}

int run(Flags flags) {
  RunOptions& options = flags.run;
  const std::string name = network_of(flags);
  if (const auto objected = objection(name, options.fault); !objected.empty()) {
    return fail(objected);
  }
  options.in_etcd = options.fault.starts_with("etcd-");
  if (options.in_etcd && !test::etcd_is_installed()) return fail("etcd is not installed");
  if (options.in_etcd && options.agents > 0)
    return fail("with faults of etcd the agent is in this process");
  if (options.fault == "agent-kill") {
    options.agents = std::max(options.agents, agents_to_choose_from);
  }
  const auto network = open_network(name, options.nodes());
  if (!network) {
    return fail(fmt::format("skipped, for here are no namespaces: {}", network.error().message()),
                exit_skipped);
  }
  Result<Report> report = chaos::run(options, **network);
  return report ? tell(*std::move(report), flags) : fail(report.error().message());
}

void declare_cluster(CLI::App& app, Flags& flags) {
  app.add_option("--shards", flags.run.shards, "Shards")->capture_default_str();
  app.add_option("--replicas", flags.run.replicas, "Replicas of each")
      ->check(CLI::Range(1, 8))
      ->capture_default_str();
  app.add_option("--agents", flags.run.agents,
                 "Agents as processes of their own; 0: one in this process")
      ->check(CLI::Range(0, 8))
      ->capture_default_str();
  app.add_option("--network", flags.network,
                 "Where the nodes are: none (loopback), proxies, namespaces (needs root) [what the "
                 "fault needs]")
      ->check(CLI::IsMember({"none", "proxies", "namespaces"}));
}

void declare_strength(CLI::App& app, Strength& strength) {
  const auto milliseconds = [](std::chrono::milliseconds& out) {
    return [&out](const std::int64_t& value) { out = std::chrono::milliseconds(value); };
  };
  app.add_option_function<std::int64_t>(
         "--fault-seconds",
         [&strength](const std::int64_t& value) { strength.length = std::chrono::seconds(value); },
         "Length of pause, partition, client-partition, delay, slow-replica")
      ->default_str(std::to_string(strength.length.count()));
  app.add_option_function<std::int64_t>("--delay-ms", milliseconds(strength.delay),
                                        "delay: of what goes to and from a primary")
      ->default_str(std::to_string(strength.delay.count()));
  app.add_option_function<std::int64_t>("--jitter-ms", milliseconds(strength.jitter),
                                        "delay: a random time up to this on top")
      ->default_str(std::to_string(strength.jitter.count()));
  app.add_option("--loss", strength.loss, "delay: share of pieces that come 200 ms later")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--fill-mb", strength.fill_mb, "slow-replica: what there is to copy")
      ->capture_default_str();
  app.add_option("--copied-kb-per-second", strength.copied_kb_per_second,
                 "slow-replica: how fast it comes")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
}

int main(int argc, const char* const* argv) {
  CLI::App app{"Faults in a cluster under load, and what came of it.", "cachekit-chaos"};
  Flags flags;
  app.add_option("--fault", flags.run.fault, "What is done to primaries")
      ->check(CLI::IsMember(fault_names()))
      ->capture_default_str();
  app.add_option("--seconds", flags.run.seconds, "How long the load runs")->capture_default_str();
  app.add_option("--period", flags.run.period_s, "Seconds from one fault to the next")
      ->capture_default_str();
  declare_cluster(app, flags);
  declare_strength(app, flags.run.strength);
  app.add_option("--least-succeeded", flags.least_succeeded,
                 "Share of the operations that must succeed")
      ->capture_default_str();
  app.add_option("--slack", flags.run.slack,
                 "Goals on time are so many times as long, where the machine has other work, too")
      ->capture_default_str();
  app.add_option("--json", flags.json, "File for the report");
  CLI11_PARSE(app, argc, argv);
  return run(flags);
}

}  // namespace
}  // namespace cachekit::chaos

int main(int argc, char** argv) {
  try {
    return cachekit::chaos::main(argc, argv);
  } catch (const std::exception& error) {  // of etcd's members
    return cachekit::chaos::fail(error.what());
  }
}
