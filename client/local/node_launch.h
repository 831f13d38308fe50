// Starting one process of a cluster, a cachekit-node or an agent, and learning that it is ready.
// A node says where it listens.
//
// The node tells its address over a pipe when it is ready, so nobody guesses ports or polls.
// Thread rule: one thread at a time for each object.

#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "cachekit/status.h"
#include "client/local/process_handle.h"

namespace cachekit::local {

struct NodeLaunch {
  std::filesystem::path program;
  std::vector<std::string> words;          ///< Its arguments, such as --port 0.
  std::filesystem::path log;               ///< Appended to.
  bool detached = false;                   ///< In a session of its own, and outliving this process.
  std::vector<std::string> launcher = {};  ///< Words before all that; the first is a path.
};

/// A node that has been started and may not be ready yet. Kills it unless await_ready succeeds.
class StartingNode {
 public:
  struct Ready {
    ProcessHandle process;
    std::string address;
  };

  /// A node that is not detached ends with the thread that calls this: see LauncherThread.
  static Result<StartingNode> spawn(const NodeLaunch& launch);

  StartingNode(StartingNode&& other) noexcept;
  StartingNode& operator=(StartingNode&&) = delete;
  ~StartingNode();

  /// Waits until the node listens. Fails with the end of the node's log if it ends instead.
  Result<Ready> await_ready(std::chrono::steady_clock::time_point deadline) &&;

 private:
  StartingNode(ProcessHandle process, int ready_pipe, std::filesystem::path log)
      : process_(std::move(process)), ready_pipe_(ready_pipe), log_(std::move(log)) {}
  Status failed_start(std::string_view what);

  ProcessHandle process_;
  int ready_pipe_ = -1;
  std::filesystem::path log_;
};

/// The last lines of a log file, at most 20 of them and 4 KiB.
std::string end_of_log(const std::filesystem::path& log);

}  // namespace cachekit::local
