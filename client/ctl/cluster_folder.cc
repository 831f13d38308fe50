#include "client/ctl/cluster_folder.h"

#include <cachekit/local_cluster.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace cachekit::ctl {
namespace {

namespace fs = std::filesystem;

bool is_ours(const fs::path& folder) {
  struct stat status{};
  return ::lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid();
}

Status foreign(const fs::path& folder) {
  return {Code::unavailable,
          fmt::format("{} is no folder of yours; name another one by --folder", folder.string())};
}

}  // namespace

fs::path default_folder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime != '\0') return fs::path(runtime) / "cachekit";
  return fmt::format("/tmp/cachekit-{}", ::getuid());
}

Status make_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::create_directories(folder, error)) {
    fs::permissions(folder, fs::perms::owner_all, error);
  }
  if (error) {
    return {Code::unavailable, fmt::format("cannot make the folder {}: {}; name another one by "
                                           "--folder",
                                           folder.string(), error.message())};
  }
  return is_ours(folder) ? Status() : foreign(folder);
}

Result<std::string> url_in_folder(const fs::path& folder) {
  std::error_code error;
  const bool in_file = fs::exists(folder / "topology.json", error);
  if (!in_file && !fs::exists(folder / "cluster.json", error)) {
    return tl::unexpected(
        Status(Code::unavailable,
               fmt::format("no cluster runs in {}; start one with `cachekit-ctl up`, or name one "
                           "by --url",
                           folder.string())));
  }
  if (!is_ours(folder)) return tl::unexpected(foreign(folder));
  if (in_file) return "file://" + (folder / "topology.json").string();
  const Result<LocalCluster> cluster = LocalCluster::attach(folder);
  if (!cluster) return tl::unexpected(cluster.error());
  return cluster->url();
}

Result<std::string> url_or_default(const std::string& url) {
  if (!url.empty()) return url;
  return url_in_folder(default_folder());
}

}  // namespace cachekit::ctl
