#include "client/topology/document_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace cachekit::topology {
namespace {

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

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

}  // namespace cachekit::topology
