#include "client/local/folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

namespace cachekit::local {

namespace fs = std::filesystem;

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

}  // namespace cachekit::local
