#include "client/local/node_program.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

namespace cachekit::local {
namespace {

namespace fs = std::filesystem;

constexpr const char* program_name = "cachekit-node";

bool is_program(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

Result<fs::path> given(const fs::path& path, std::string_view by) {
  if (is_program(path)) return fs::absolute(path);
  return tl::unexpected(Status(Code::unavailable,
                               fmt::format("{} names {}, which is no program", by, path.string())));
}

fs::path beside_running_program() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path() / program_name;
}

fs::path on_path() {
  const std::string folders = variable("PATH");
  std::string_view rest = folders;
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    if (const fs::path path = fs::path(folder) / program_name; is_program(path)) {
      return fs::absolute(path);
    }
  }
  return {};
}

}  // namespace

Result<fs::path> find_node_program(const fs::path& named) {
  if (!named.empty()) return given(named, "node_program");
  if (const std::string path = variable("CACHEKIT_NODE"); !path.empty()) {
    return given(path, "the environment variable CACHEKIT_NODE");
  }
  if (const fs::path path = beside_running_program(); is_program(path)) return path;
  if (const fs::path path = on_path(); !path.empty()) return path;
  return tl::unexpected(
      Status(Code::unavailable,
             fmt::format("cachekit-node is neither {} nor on the PATH; name it by the environment "
                         "variable CACHEKIT_NODE",
                         beside_running_program().string())));
}

}  // namespace cachekit::local
