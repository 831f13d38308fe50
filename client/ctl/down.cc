// cachekit-ctl down: stops a local cluster that `up` started.

#include <cachekit/local_cluster.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "client/ctl/cluster_folder.h"
#include "client/ctl/subcommand.h"

namespace cachekit::ctl {
namespace {

int down(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / "cluster.json")) {
    return complain({Code::unavailable,
                     fmt::format("no cluster runs in {}; was it started with another --folder?",
                                 folder.string())});
  }
  if (const Status owned = make_folder(folder); !owned.ok()) return complain(owned);
  Result<LocalCluster> cluster = LocalCluster::attach(folder);
  if (!cluster) return complain(cluster.error());
  const auto running =
      std::ranges::count_if(cluster->nodes(), [](const LocalNode& node) { return node.pid != 0; });
  if (const Status stopped = cluster->stop(); !stopped.ok()) return complain(stopped);
  fmt::print("{} {} stopped\n", running, running == 1 ? "node" : "nodes");
  return exit_ok;
}

}  // namespace

Subcommand add_down(CLI::App& app) {
  const auto folder = std::make_shared<std::filesystem::path>(default_folder());
  CLI::App* command = app.add_subcommand("down", "Stop the local cluster that `up` started");
  command->add_option("--folder", *folder, "As given to `up`")->capture_default_str();
  return {command, [folder] { return down(*folder); }};
}

}  // namespace cachekit::ctl
