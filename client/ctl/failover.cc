// cachekit-ctl failover: makes a replica the primary of its shard, without losing a write.

#include <cachekit/agent.h>
#include <fmt/format.h>

#include "client/ctl/cluster_folder.h"
#include "client/ctl/subcommands.h"

namespace cachekit::ctl {

int failover(const FailoverFlags& flags) {
  const Result<std::string> url = url_or_default(flags.url);
  if (!url) return complain(url.error());
  const Status done =
      hand_over(*url, flags.shard, flags.successor, std::chrono::milliseconds(flags.limit_ms));
  if (!done.ok()) return complain(done);
  fmt::print("shard {} has another primary\n", flags.shard);
  return exit_ok;
}

}  // namespace cachekit::ctl
