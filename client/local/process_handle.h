// A process of this machine, held so that a signal can never reach another one that got its number.
//
// Children are reaped when wait() sees them end. Thread rule: one thread at a time.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cachekit/status.h"

namespace cachekit::local {

/// What names a process for good: its number, and when it started, in clock ticks since boot.
struct ProcessIdentity {
  pid_t pid = 0;
  std::uint64_t start_time_ticks = 0;

  bool operator==(const ProcessIdentity&) const = default;
};

/// Field 22 of the text of /proc/PID/stat. The second field is a name that may hold blanks and
/// parentheses.
std::optional<std::uint64_t> start_time_in_stat(std::string_view stat);

class ProcessHandle {
 public:
  /// A process that runs now.
  static Result<ProcessHandle> open(pid_t pid);

  /// The process of this identity; nothing if it has ended, whoever has its number now.
  static std::optional<ProcessHandle> find(const ProcessIdentity& identity);

  ProcessHandle(ProcessHandle&& other) noexcept;
  ProcessHandle& operator=(ProcessHandle&& other) noexcept;
  ~ProcessHandle();

  const ProcessIdentity& identity() const { return identity_; }

  /// Nothing happens if the process has ended.
  void signal(int number);

  /// Waits until the process has ended; false if it still runs when the time is up.
  bool wait(std::chrono::milliseconds timeout);

  bool running() { return !wait(std::chrono::milliseconds(0)); }

  /// How a child ended, "exited with 1" or "was killed by signal 9"; empty for one that exited with
  /// 0, still runs, or is no child of this process.
  const std::string& failure() const { return failure_; }

 private:
  ProcessHandle(ProcessIdentity identity, int descriptor)
      : identity_(identity), descriptor_(descriptor) {}
  void reap();

  ProcessIdentity identity_;
  int descriptor_ = -1;
  bool ended_ = false;
  std::string failure_;
};

}  // namespace cachekit::local
