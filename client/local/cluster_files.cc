#include "client/local/cluster_files.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "client/local/cluster_record.h"
#include "client/topology/document_file.h"

namespace cachekit::local {
namespace {

namespace fs = std::filesystem;

bool some_node_runs(const ClusterRecord& record) {
  return std::ranges::any_of(record.nodes, [](const NodeRecord& node) {
    return ProcessHandle::find(node.process).has_value();
  });
}

}  // namespace

fs::path topology_path(const fs::path& folder) { return folder / "topology.json"; }
fs::path record_path(const fs::path& folder) { return folder / "cluster.json"; }
fs::path log_path(const fs::path& folder, const std::string& name) {
  return folder / (name + ".log");
}

Result<fs::path> fresh_folder() {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  std::string name = ((error ? fs::path("/tmp") : parent) / "cachekit-local-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    return tl::unexpected(Status(Code::unavailable, fmt::format("cannot make the folder {}: {}",
                                                                name, std::strerror(errno))));
  }
  return fs::path(name);
}

Result<fs::path> named_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return fs::absolute(folder);
  return tl::unexpected(Status(Code::unavailable, fmt::format("cannot make the folder {}: {}",
                                                              folder.string(), error.message())));
}

Status check_unused(const fs::path& folder) {
  const Result<std::string> text = topology::read_file(record_path(folder));
  if (!text) return {};
  const Result<ClusterRecord> record = parse_cluster_record(*text);
  if (!record || !some_node_runs(*record)) return {};
  return {Code::invalid_argument,
          fmt::format("a local cluster runs in {} already; stop it first, or use its topology.json "
                      "there",
                      folder.string())};
}

void remove_files(const fs::path& folder) {
  std::error_code ignored;
  fs::remove(record_path(folder), ignored);
  fs::remove(topology_path(folder), ignored);
  fs::remove(topology_path(folder).string() + ".lock", ignored);
}

}  // namespace cachekit::local
