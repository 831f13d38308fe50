#include "client/topology/file_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "client/topology/document_file.h"

namespace cachekit::topology {
namespace {

/// Without inotify the file is looked at so often.
constexpr auto look_interval = std::chrono::milliseconds(100);

Status failure(std::string_view what, const std::filesystem::path& path) {
  return {Code::unavailable, fmt::format("{} {}: {}", what, path.string(), std::strerror(errno))};
}

/// An exclusive lock between processes, and threads, as long as it lives.
class Lock {
 public:
  explicit Lock(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    while (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX) != 0) {
      if (errno == EINTR) continue;
      ::close(std::exchange(descriptor_, -1));
    }
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  bool held() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

}  // namespace

FileStore::FileStore(std::filesystem::path path)
    : path_(std::move(path)),
      watch_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      waking_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      interruption_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  const std::filesystem::path folder = path_.has_parent_path() ? path_.parent_path() : ".";
  if (watch_ >= 0 &&
      ::inotify_add_watch(watch_, folder.c_str(), IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE) < 0) {
    ::close(std::exchange(watch_, -1));
  }
}

FileStore::~FileStore() {
  if (watch_ >= 0) ::close(watch_);
  if (waking_ >= 0) ::close(waking_);
  if (interruption_ >= 0) ::close(interruption_);
}

Result<Topology> FileStore::read() {
  const Result<std::string> text = read_file(path_);
  if (!text) return tl::unexpected(text.error());
  Result<Topology> topology = parse_topology(*text);
  if (topology) return topology;
  return tl::unexpected(Status(topology.error().code(),
                               fmt::format("{}: {}", path_.string(), topology.error().message())));
}

Result<bool> FileStore::create(const Topology& first) {
  const Lock lock(path_.string() + ".lock");
  if (!lock.held()) return tl::unexpected(failure("cannot lock", path_));
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(path_, ignored))) return false;
  if (Status written = write_file(path_, to_json(first)); !written.ok()) {
    return tl::unexpected(std::move(written));
  }
  return true;
}

Result<bool> FileStore::compare_and_swap(std::uint64_t expected, Topology next) {
  const Lock lock(path_.string() + ".lock");
  if (!lock.held()) return tl::unexpected(failure("cannot lock", path_));
  const Result<Topology> present = read();
  if (!present) return tl::unexpected(present.error());
  if (present->version != expected) return false;
  next.version = expected + 1;
  if (Status written = write_file(path_, to_json(next)); !written.ok()) {
    return tl::unexpected(std::move(written));
  }
  return true;
}

bool FileStore::wait_for_change(io::Time deadline) {
  const io::Time now = io::Clock::now();
  if (watch_ < 0) deadline = std::min(deadline, now + look_interval);
  const timespec left = io::time_left(now, deadline);
  std::array<pollfd, 3> watched{pollfd{interruption_, POLLIN, 0}, pollfd{waking_, POLLIN, 0},
                                pollfd{watch_, POLLIN, 0}};
  if (::ppoll(watched.data(), watched.size(), &left, nullptr) <= 0) return watch_ < 0;
  eventfd_t woken = 0;
  ::eventfd_read(waking_, &woken);
  bool changed = false;
  std::array<char, 4096> events;
  while (watch_ >= 0 && ::read(watch_, events.data(), events.size()) > 0) changed = true;
  return changed;
}

void FileStore::wake() {
  if (waking_ >= 0) ::eventfd_write(waking_, 1);
}

void FileStore::interrupt() {
  if (interruption_ >= 0) ::eventfd_write(interruption_, 1);
}

}  // namespace cachekit::topology
