// cachekit-ctl up: starts a local cluster that goes on until `down`.

#include <cachekit/administration.h>
#include <cachekit/local_cluster.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "client/ctl/cluster_folder.h"
#include "client/ctl/subcommands.h"

namespace cachekit::ctl {
namespace {

std::string port_of(const std::string& address) { return address.substr(address.rfind(':') + 1); }

// What is put on the screen is read by others.
std::string without_credentials(std::string url) {
  constexpr std::string_view scheme = "etcd://";
  const std::size_t at = url.rfind('@');
  if (url.starts_with(scheme) && at != std::string::npos) {
    url.erase(scheme.size(), at + 1 - scheme.size());
  }
  return url;
}

// An agent may have changed who leads since the start.
std::string_view role_of(const Topology& topology, const LocalNode& node) {
  const bool leads =
      std::ranges::find(topology.shards, node.address, &Shard::primary) != topology.shards.end();
  return leads ? "primary" : "replica";
}

void print_what_runs(const LocalCluster& cluster, const Topology& topology) {
  const std::vector<LocalNode> nodes = cluster.nodes();
  fmt::print("{} {}:\n", nodes.size(), nodes.size() == 1 ? "node runs" : "nodes run");
  for (const LocalNode& node : nodes) {
    fmt::print("  {:<4} {:<22} {}  pid {}\n", node.shard, node.address, role_of(topology, node),
               node.pid);
  }
}

void print_what_to_try(const LocalCluster& cluster, const std::filesystem::path& folder) {
  const bool usual_folder = folder == default_folder();
  const std::string url = without_credentials(cluster.url());
  const std::string url_flag = usual_folder ? "" : fmt::format(" --url {}", url);
  const std::string folder_flag = usual_folder ? "" : fmt::format(" --folder {}", folder.string());
  fmt::print("url    {}\n", url);
  fmt::print("try    cachekit-ctl status{}\n", url_flag);
  fmt::print("       cachekit-ctl where user:123{}\n", url_flag);
  fmt::print("       cachekit-bench --url {}\n", url);
  fmt::print("       redis-cli -p {} info\n", port_of(cluster.nodes().front().address));
  fmt::print("stop   cachekit-ctl down{}\n", folder_flag);
}

}  // namespace

int up(const UpFlags& flags) {
  if (const Status made = make_folder(flags.folder); !made.ok()) return complain(made);
  LocalClusterOptions options;
  options.shards = flags.shards;
  options.replicas = flags.replicas;
  options.agent_program = std::filesystem::read_symlink("/proc/self/exe");
  options.folder = flags.folder;
  options.topology = flags.topology;
  options.node_flags = flags.node_flags;
  options.detached = true;
  const Result<LocalCluster> cluster = LocalCluster::start(std::move(options));
  if (!cluster) return complain(cluster.error());
  // Not by a client, which would need a password for nodes that were given one.
  const Result<Topology> topology = read_topology(cluster->url());
  if (!topology) return complain(topology.error());
  print_what_runs(*cluster, *topology);
  print_what_to_try(*cluster, flags.folder);
  return exit_ok;
}

}  // namespace cachekit::ctl
