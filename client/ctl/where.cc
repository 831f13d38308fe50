// cachekit-ctl where: the shard and the node of a key, by the ring; no traffic.

#include <cachekit/client.h>
#include <fmt/format.h>

#include <string>

#include "client/ctl/cluster_folder.h"
#include "client/ctl/subcommands.h"

namespace cachekit::ctl {

int where(const WhereFlags& flags) {
  const Result<std::string> url = url_or_default(flags.url);
  if (!url) return complain(url.error());
  const Result<Client> client = Client::connect(*url);
  if (!client) return complain(client.error());
  const Location location = client->locate(flags.key);
  fmt::print("{} {}\n", location.shard, location.node);
  return exit_ok;
}

}  // namespace cachekit::ctl
