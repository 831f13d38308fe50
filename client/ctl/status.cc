// cachekit-ctl status: a table of the nodes of a cluster.

#include <cachekit/client.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "client/ctl/cluster_folder.h"
#include "client/ctl/status_table.h"
#include "client/ctl/subcommands.h"

namespace cachekit::ctl {
namespace {

// Stock servers have no report, nor has a node that has just become unreachable.
std::optional<NodeReport> ask_report(Client& client, const std::string& address) {
  const Result<Value> reply = client.command_on(address, {"CACHEKIT.STATUS"});
  return reply ? report_from_reply(*reply) : std::nullopt;
}

NodeLine ask(Client& client, const std::string& shard, const std::string& address, bool absent) {
  const Result<Value> reply = client.command_on(address, {"INFO"});
  if (!reply) fmt::print(stderr, "cachekit-ctl: {}: {}\n", address, reply.error().message());
  const std::string* info = reply ? reply->get_if<std::string>() : nullptr;
  if (info == nullptr) return {shard, address, absent, std::nullopt};
  return {shard, address, absent, status_from_info(*info), ask_report(client, address)};
}

std::vector<NodeLine> ask_all(Client& client, const Topology& topology) {
  std::vector<NodeLine> lines;
  for (const Shard& shard : topology.shards) {
    lines.push_back(ask(client, shard.name, shard.primary, false));
    for (const std::string& replica : shard.replicas) {
      lines.push_back(ask(client, shard.name, replica, false));
    }
    for (const std::string& absent : shard.absent) {
      lines.push_back(ask(client, shard.name, absent, true));
    }
  }
  return lines;
}

}  // namespace

int status(const StatusFlags& flags) {
  const Result<std::string> url = url_or_default(flags.url);
  if (!url) return complain(url.error());
  Result<Client> client = Client::connect(*url);
  if (!client) return complain(client.error());
  const Topology topology = client->topology();
  const std::vector<NodeLine> lines = ask_all(*client, topology);
  fmt::print("{}", status_table(topology.version, lines));
  const bool all_there =
      std::ranges::all_of(lines, [](const NodeLine& line) { return line.status.has_value(); });
  return all_there ? exit_ok : exit_failed;
}

}  // namespace cachekit::ctl
