// Agents as processes of their own, of the program cachekit-ctl, several at once.
//
// Thread rule: one thread, in which all of them are started: they end with it.

#pragma once

#include <cachekit/status.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/local/process_handle.h"

namespace cachekit::chaos {

class AgentProcesses {
 public:
  /// Returns when they work. cachekit-ctl is looked for beside the node's program; their logs are
  /// in `folder`.
  static Result<std::unique_ptr<AgentProcesses>> start(std::size_t count, const std::string& url,
                                                       const std::filesystem::path& folder);
  ~AgentProcesses();

  std::size_t count() const { return processes_.size(); }

  /// With SIGKILL; and again.
  Status kill(std::size_t place);
  Status start(std::size_t place);

 private:
  AgentProcesses(std::filesystem::path program, std::string url, std::filesystem::path folder)
      : program_(std::move(program)), url_(std::move(url)), folder_(std::move(folder)) {}

  std::filesystem::path program_;
  std::string url_;
  std::filesystem::path folder_;
  std::vector<std::optional<local::ProcessHandle>> processes_;
};

}  // namespace cachekit::chaos
