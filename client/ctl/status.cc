// cachekit-ctl status: a table of the nodes of a cluster.

#include <cachekit/client.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "client/ctl/cluster_folder.h"
#include "client/ctl/node_status.h"
#include "client/ctl/subcommands.h"

namespace cachekit::ctl {
namespace {

NodeLine ask(Client& client, const std::string& shard, const std::string& address) {
  const Result<Value> reply = client.command_on(address, {"INFO"});
  if (!reply) fmt::print(stderr, "cachekit-ctl: {}: {}\n", address, reply.error().message());
  const std::string* info = reply ? reply->get_if<std::string>() : nullptr;
  if (info == nullptr) return {shard, address, std::nullopt};
  return {shard, address, status_from_info(*info)};
}

std::vector<NodeLine> ask_all(Client& client) {
  std::vector<NodeLine> lines;
  for (const Shard& shard : client.topology().shards) {
    lines.push_back(ask(client, shard.name, shard.primary));
    for (const std::string& replica : shard.replicas) {
      lines.push_back(ask(client, shard.name, replica));
    }
    for (const std::string& absent : shard.absent) {
      lines.push_back(ask(client, shard.name, absent));
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
  const std::vector<NodeLine> lines = ask_all(*client);
  fmt::print("{}", status_table(lines));
  const bool all_there =
      std::ranges::all_of(lines, [](const NodeLine& line) { return line.status.has_value(); });
  return all_there ? exit_ok : exit_failed;
}

}  // namespace cachekit::ctl
