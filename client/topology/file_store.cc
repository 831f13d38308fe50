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
#include <thread>
#include <utility>

#include "client/topology/document_file.h"

namespace cachekit::topology {
namespace {

/// Without inotify the file is looked at so often.
constexpr auto look_interval = std::chrono::milliseconds(100);

constexpr std::uint32_t folder_gone = IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t watched_events = IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | folder_gone;

/// Writers hold the lock for a moment. One that stands still with it must not hold up all others
/// for ever; they look so often whether it is their turn, and give up after so long.
constexpr auto turn_interval = std::chrono::milliseconds(1);
constexpr auto longest_turn = std::chrono::seconds(1);

Status failure(std::string_view what, const std::filesystem::path& path) {
  return {Code::unavailable, fmt::format("{} {}: {}", what, path.string(), std::strerror(errno))};
}

/// An exclusive lock between processes, and threads, as long as it lives.
class Lock {
 public:
  explicit Lock(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    const io::Time end = io::Clock::now() + longest_turn;
    while (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      if (error == EINTR) continue;
      if (error == EWOULDBLOCK && io::Clock::now() < end) {
        std::this_thread::sleep_for(turn_interval);
        continue;
      }
      ::close(std::exchange(descriptor_, -1));
      errno = error;
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

Result<Topology> read_from(const std::filesystem::path& path) {
  const Result<std::string> text = read_file(path);
  if (!text) return tl::unexpected(text.error());
  Result<Topology> topology = parse_topology(*text);
  if (topology) return topology;
  return tl::unexpected(Status(topology.error().code(),
                               fmt::format("{}: {}", path.string(), topology.error().message())));
}

// The file itself, behind symbolic links. Who put a file in the place of a link would leave whoever
// comes by another name with the old one; and all names must lead to one lock.
std::filesystem::path behind_links(const std::filesystem::path& path) {
  std::error_code missing;
  std::filesystem::path file = std::filesystem::canonical(path, missing);
  return missing ? path : file;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

}  // namespace

FileStore::FileStore(std::filesystem::path path)
    : path_(std::move(path)),
      watch_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      waking_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      interruption_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  for (const std::filesystem::path& folder : {folder_of(path_), folder_of(behind_links(path_))}) {
    if (watch_ >= 0 && ::inotify_add_watch(watch_, folder.c_str(), watched_events) < 0) {
      ::close(std::exchange(watch_, -1));
    }
  }
}

FileStore::~FileStore() {
  if (watch_ >= 0) ::close(watch_);
  if (waking_ >= 0) ::close(waking_);
  if (interruption_ >= 0) ::close(interruption_);
}

Result<Topology> FileStore::read() { return read_from(path_); }

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
  const std::filesystem::path file = behind_links(path_);
  const Lock lock(file.string() + ".lock");
  if (!lock.held()) return tl::unexpected(failure("cannot lock", file));
  const Result<Topology> present = read_from(file);
  if (!present) return tl::unexpected(present.error());
  if (present->version != expected) return false;
  next.version = expected + 1;
  if (Status written = write_file(file, to_json(next)); !written.ok()) {
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
  return watch_ >= 0 && take_events();
}

bool FileStore::take_events() {
  bool changed = false;
  bool deaf = false;
  alignas(inotify_event) std::array<char, 4096> events;
  for (ssize_t size = 0; (size = ::read(watch_, events.data(), events.size())) > 0;) {
    changed = true;
    for (const char* at = events.data(); at < events.data() + size;) {
      const auto& event = *reinterpret_cast<const inotify_event*>(at);
      deaf = deaf || (event.mask & (folder_gone | IN_IGNORED)) != 0;
      at += sizeof(inotify_event) + event.len;
    }
  }
  // What takes the folder's place would not be heard.
  if (deaf) ::close(std::exchange(watch_, -1));
  return changed;
}

void FileStore::wake() {
  if (waking_ >= 0) ::eventfd_write(waking_, 1);
}

void FileStore::interrupt() {
  if (interruption_ >= 0) ::eventfd_write(interruption_, 1);
}

}  // namespace cachekit::topology
