#include "client/topology/document_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace cachekit::topology {
namespace {

/// More than any document: a wrong path, such as that of a device, must not fill the memory.
constexpr std::size_t most_bytes = std::size_t{32} << 20;

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
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string text;
  std::array<char, 16384> part;
  ssize_t count = descriptor < 0 ? -1 : 1;
  while (count > 0 && text.size() <= most_bytes) {
    count = ::read(descriptor, part.data(), part.size());
    if (count > 0) text.append(part.data(), static_cast<std::size_t>(count));
    if (count < 0 && errno == EINTR) count = 1;
  }
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (count >= 0) return text;
  return tl::unexpected(Status(
      Code::unavailable, fmt::format("cannot read {}: {}", path.string(), std::strerror(error))));
}

}  // namespace cachekit::topology
