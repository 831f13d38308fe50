// cachekit-ctl down: stops a local cluster that `up` started.

#include <cachekit/local_cluster.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "client/ctl/cluster_folder.h"
#include "client/ctl/subcommands.h"

namespace cachekit::ctl {

int down(const DownFlags& flags) {
  const std::filesystem::path& folder = flags.folder;
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

}  // namespace cachekit::ctl
