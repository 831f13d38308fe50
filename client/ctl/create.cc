// cachekit-ctl create: the first topology of a cluster, where there is none yet.

#include <cachekit/administration.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "client/ctl/subcommands.h"

namespace cachekit::ctl {
namespace {

Result<Topology> read_document(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return tl::unexpected(Status(
        Code::unavailable, fmt::format("cannot read {}: {}", path.string(), std::strerror(errno))));
  }
  Result<Topology> topology = parse_topology(std::string(std::istreambuf_iterator<char>(file), {}));
  if (topology) return topology;
  return tl::unexpected(Status(topology.error().code(),
                               fmt::format("{}: {}", path.string(), topology.error().message())));
}

}  // namespace

int create(const CreateFlags& flags) {
  const Result<Topology> topology = read_document(flags.file);
  if (!topology) return complain(topology.error());
  const Status created = create_topology(flags.url, *topology);
  if (!created.ok()) return complain(created);
  fmt::print("the topology is there, version {}: {} {}\n", topology->version,
             topology->shards.size(), topology->shards.size() == 1 ? "shard" : "shards");
  return exit_ok;
}

}  // namespace cachekit::ctl
