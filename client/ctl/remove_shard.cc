// cachekit-ctl remove-shard: one shard less; the others own its keys then, and do not have them.

#include <cachekit/administration.h>
#include <fmt/format.h>

#include "client/ctl/cluster_folder.h"
#include "client/ctl/subcommands.h"

namespace cachekit::ctl {

int remove_shard(const RemoveShardFlags& flags) {
  const Result<std::string> url = url_or_default(flags.url);
  if (!url) return complain(url.error());
  const Result<Topology> agreed = change_topology(
      *url, [&](const Topology& topology) { return without_shard(topology, flags.shard); });
  if (!agreed) return complain(agreed.error());
  fmt::print("shard {} is removed; the topology has version {} now\n", flags.shard,
             agreed->version);
  fmt::print(
      "its keys belong to the other shards now, and are misses until they are written "
      "again\nits nodes go on by themselves: stop them\n");
  return exit_ok;
}

}  // namespace cachekit::ctl
