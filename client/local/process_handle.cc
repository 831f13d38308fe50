#include "client/local/process_handle.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>

namespace cachekit::local {
namespace {

// Fields of /proc/PID/stat after the name's closing parenthesis start with the third.
constexpr int start_time_field = 22;
constexpr int first_field_after_name = 3;

std::optional<std::uint64_t> start_time_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  const std::string stat{std::istreambuf_iterator<char>(file), {}};
  return start_time_in_stat(stat);
}

// glibc has wrappers from 2.36 on only.
int open_descriptor(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

void send_signal(int descriptor, int number) {
  ::syscall(SYS_pidfd_send_signal, descriptor, number, nullptr, 0);
}

}  // namespace

std::optional<std::uint64_t> start_time_in_stat(std::string_view stat) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::string_view rest = stat.substr(name_end + 1);
  for (int field = first_field_after_name; !rest.empty(); ++field) {
    const std::size_t begin = rest.find_first_not_of(' ');
    if (begin == std::string_view::npos) return std::nullopt;
    const std::string_view word = rest.substr(begin, rest.find(' ', begin) - begin);
    if (field == start_time_field) {
      std::uint64_t ticks = 0;
      const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), ticks);
      if (error != std::errc()) return std::nullopt;
      return ticks;
    }
    rest.remove_prefix(begin + word.size());
  }
  return std::nullopt;
}

Result<ProcessHandle> ProcessHandle::open(pid_t pid) {
  const int descriptor = open_descriptor(pid);
  if (descriptor < 0) {
    return tl::unexpected(Status(
        Code::unavailable, fmt::format("cannot watch process {}: {}", pid, std::strerror(errno))));
  }
  // A child that has ended already keeps its number, and so its entry, until it is reaped.
  return ProcessHandle({pid, start_time_of(pid).value_or(0)}, descriptor);
}

std::optional<ProcessHandle> ProcessHandle::find(const ProcessIdentity& identity) {
  if (identity.pid <= 0) return std::nullopt;
  // Opened first and compared then: from here on the number cannot change hands unnoticed.
  Result<ProcessHandle> handle = open(identity.pid);
  if (!handle || handle->identity() != identity || !handle->running()) return std::nullopt;
  return *std::move(handle);
}

ProcessHandle::ProcessHandle(ProcessHandle&& other) noexcept
    : identity_(other.identity_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      ended_(other.ended_),
      failure_(std::move(other.failure_)) {}

ProcessHandle& ProcessHandle::operator=(ProcessHandle&& other) noexcept {
  std::swap(identity_, other.identity_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(ended_, other.ended_);
  std::swap(failure_, other.failure_);
  return *this;
}

ProcessHandle::~ProcessHandle() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void ProcessHandle::signal(int number) {
  if (!ended_) send_signal(descriptor_, number);
}

bool ProcessHandle::wait(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!ended_) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd watched{descriptor_, POLLIN, 0};
    const int ready =
        ::poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (ready > 0) {
      reap();
    } else if (ready == 0) {
      return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

void ProcessHandle::reap() {
  ended_ = true;
  int status = 0;
  if (::waitpid(identity_.pid, &status, WNOHANG) != identity_.pid) return;  // No child of ours.
  if (WIFSIGNALED(status)) {
    failure_ = fmt::format("was killed by signal {}", WTERMSIG(status));
  } else if (WEXITSTATUS(status) != 0) {
    failure_ = fmt::format("exited with {}", WEXITSTATUS(status));
  }
}

}  // namespace cachekit::local
