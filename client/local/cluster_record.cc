#include "client/local/cluster_record.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace cachekit::local {
namespace {

using nlohmann::json;

// Of the document; a reader refuses others.
constexpr int format_version = 1;

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

NodeRecord node_of(const json& node) {
  return {node.at("shard").get<std::string>(),
          node.at("address").get<std::string>(),
          {node.at("pid").get<pid_t>(), node.at("start_time_ticks").get<std::uint64_t>()}};
}

Status unreadable(std::string_view why) {
  return {Code::topology_error, fmt::format("cluster.json makes no sense: {}", why)};
}

}  // namespace

std::string to_json(const ClusterRecord& record) {
  json nodes = json::array();
  for (const NodeRecord& node : record.nodes) {
    nodes.push_back({{"shard", node.shard},
                     {"address", node.address},
                     {"pid", node.process.pid},
                     {"start_time_ticks", node.process.start_time_ticks}});
  }
  return json({{"format", format_version},
               {"program", record.program.string()},
               {"flags", record.flags},
               {"nodes", nodes}})
             .dump(2) +
         "\n";
}

Result<ClusterRecord> parse_cluster_record(std::string_view text) {
  try {
    const json document = json::parse(text);
    if (document.at("format") != format_version) {
      return tl::unexpected(unreadable(fmt::format("format {} was expected", format_version)));
    }
    ClusterRecord record{document.at("program").get<std::string>(),
                         document.at("flags").get<std::vector<std::string>>(),
                         {}};
    for (const json& node : document.at("nodes")) record.nodes.push_back(node_of(node));
    return record;
  } catch (const json::exception& error) {
    return tl::unexpected(unreadable(error.what()));
  }
}

Status write_file(const std::filesystem::path& path, std::string_view text) {
  const std::string temporary = fmt::format("{}.{}", path.string(), ::getpid());
  const int descriptor =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  const bool written = descriptor >= 0 && write_all(descriptor, text);
  const int write_error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (written && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const int error = written ? errno : write_error;
  ::unlink(temporary.c_str());
  return {Code::unavailable,
          fmt::format("cannot write {}: {}", path.string(), std::strerror(error))};
}

Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return tl::unexpected(Status(
        Code::unavailable, fmt::format("cannot read {}: {}", path.string(), std::strerror(errno))));
  }
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

}  // namespace cachekit::local
