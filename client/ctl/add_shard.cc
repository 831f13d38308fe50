// cachekit-ctl add-shard: another shard, which begins without keys.

#include <cachekit/administration.h>
#include <fmt/format.h>

#include "client/ctl/cluster_folder.h"
#include "client/ctl/subcommands.h"

namespace cachekit::ctl {
namespace {

// Of the ring, which the last shard of a topology owns.
double share_of_last(const Topology& topology) {
  double sum = 0;
  for (const Shard& shard : topology.shards) sum += shard.weight;
  return topology.shards.back().weight / sum;
}

}  // namespace

int add_shard(const AddShardFlags& flags) {
  const Result<std::string> url = url_or_default(flags.url);
  if (!url) return complain(url.error());
  const Shard shard{.name = flags.shard, .primary = flags.primary, .replicas = flags.replicas};
  const Result<Topology> agreed =
      change_topology(*url, [&](const Topology& topology) { return with_shard(topology, shard); });
  if (!agreed) return complain(agreed.error());
  fmt::print("shard {} is added; the topology has version {} now\n", flags.shard, agreed->version);
  fmt::print(
      "it begins cold: about {:.0f} % of all keys belong to it now, and are misses until "
      "they are written again\n",
      100 * share_of_last(*agreed));
  return exit_ok;
}

}  // namespace cachekit::ctl
