#include "tests/chaos/agents.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>

#include "client/local/node_launch.h"
#include "client/local/node_program.h"

namespace cachekit::chaos {
namespace {

constexpr std::chrono::seconds time_limit{10};

}  // namespace

Result<std::unique_ptr<AgentProcesses>> AgentProcesses::start(std::size_t count,
                                                              const std::string& url,
                                                              const std::filesystem::path& folder) {
  Result<std::filesystem::path> program = local::find_node_program({});
  if (!program) return tl::unexpected(std::move(program.error()));
  program->replace_filename("cachekit-ctl");
  std::unique_ptr<AgentProcesses> agents(new AgentProcesses(*std::move(program), url, folder));
  agents->processes_.resize(count);
  for (std::size_t place = 0; place < count; ++place) {
    if (Status started = agents->start(place); !started.ok()) {
      return tl::unexpected(std::move(started));
    }
  }
  return agents;
}

AgentProcesses::~AgentProcesses() {
  for (auto& process : processes_) {
    if (process) process->signal(SIGTERM);
  }
  for (auto& process : processes_) {
    if (process && !process->wait(time_limit)) process->signal(SIGKILL);
  }
}

Status AgentProcesses::kill(std::size_t place) {
  processes_[place]->signal(SIGKILL);
  const bool ended = processes_[place]->wait(time_limit);
  processes_[place].reset();
  return ended ? Status() : Status(Code::unavailable, "an agent does not end");
}

Status AgentProcesses::start(std::size_t place) {
  Result<local::StartingNode> starting =
      local::StartingNode::spawn({.program = program_,
                                  .words = {"agent", "--url", url_},
                                  .log = folder_ / fmt::format("agent-{}.log", place + 1)});
  if (!starting) return std::move(starting.error());
  Result<local::StartingNode::Ready> ready =
      std::move(*starting).await_ready(std::chrono::steady_clock::now() + time_limit);
  if (!ready) return std::move(ready.error());
  processes_[place].emplace(std::move(ready->process));
  return {};
}

}  // namespace cachekit::chaos
