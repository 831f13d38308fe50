// cachekit-ctl replace-node: another node in the place of one, also of a primary.

#include <cachekit/administration.h>
#include <fmt/format.h>

#include "client/ctl/cluster_folder.h"
#include "client/ctl/subcommands.h"

namespace cachekit::ctl {

int replace_node(const ReplaceNodeFlags& flags) {
  const Result<std::string> url = url_or_default(flags.url);
  if (!url) return complain(url.error());
  const Result<Topology> agreed = cachekit::replace_node(*url, flags.node, flags.successor,
                                                         std::chrono::milliseconds(flags.limit_ms));
  if (!agreed) return complain(agreed.error());
  fmt::print("{} takes the place of {}; the topology has version {} now\n", flags.successor,
             flags.node, agreed->version);
  fmt::print("it is absent until it has all keys\n{} goes on by itself: stop it\n", flags.node);
  return exit_ok;
}

}  // namespace cachekit::ctl
