// cachekit-ctl where: the shard and the node of a key, by the ring; no traffic.

#include <cachekit/client.h>
#include <fmt/format.h>

#include <memory>
#include <string>

#include "client/ctl/cluster_folder.h"
#include "client/ctl/subcommand.h"

namespace cachekit::ctl {
namespace {

struct WhereFlags {
  std::string key;
  std::string url;
};

int where(const WhereFlags& flags) {
  const Result<std::string> url = url_or_default(flags.url);
  if (!url) return complain(url.error());
  const Result<Client> client = Client::connect(*url);
  if (!client) return complain(client.error());
  const Location location = client->locate(flags.key);
  fmt::print("{} {}\n", location.shard, location.node);
  return exit_ok;
}

}  // namespace

Subcommand add_where(CLI::App& app) {
  const auto flags = std::make_shared<WhereFlags>();
  CLI::App* command = app.add_subcommand("where", "Print the shard and the node of a key");
  command->add_option("key", flags->key, "The key")->required();
  command->add_option("--url", flags->url, "The cluster [the one that `up` started]");
  return {command, [flags] { return where(*flags); }};
}

}  // namespace cachekit::ctl
