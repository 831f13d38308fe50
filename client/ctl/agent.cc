// cachekit-ctl agent: looks after a cluster of managed nodes until it is told to stop.

#include <cachekit/agent.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <string>
#include <string_view>

#include "client/ctl/cluster_folder.h"
#include "client/ctl/subcommands.h"

namespace cachekit::ctl {
namespace {

void log(LogLevel level, std::string_view sentence) {
  if (level < LogLevel::info) return;
  const std::time_t now = std::time(nullptr);
  char time[32];
  std::strftime(time, sizeof time, "%Y-%m-%d %H:%M:%S", std::localtime(&now));
  fmt::print(stderr, "{} {}\n", time, sentence);
}

void tell_ready(int descriptor) {
  const std::string line = fmt::format("agent:{}\n", ::getpid());
  if (::write(descriptor, line.data(), line.size()) < 0) log(LogLevel::warning, "nobody waits");
  ::close(descriptor);
}

}  // namespace

int agent(const AgentFlags& flags) {
  const Result<std::string> url =
      flags.folder.empty() ? url_or_default(flags.url) : url_in_folder(flags.folder);
  if (!url) return complain(url.error());
  // Blocked before the agent's thread begins, which inherits it.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &ends, nullptr);
  if (flags.die_with_parent) ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  AgentOptions options;
  options.suspect_after = std::chrono::milliseconds(flags.suspect_after_ms);
  options.give_up_after = std::chrono::milliseconds(flags.give_up_after_ms);
  options.client.log = log;
  const Result<Agent> started = Agent::start(*url, options);
  if (!started) return complain(started.error());
  if (flags.ready_descriptor >= 0) tell_ready(flags.ready_descriptor);
  int signal = 0;
  while (::sigwait(&ends, &signal) != 0) {
  }
  const AgentCounters counters = started->counters();
  fmt::print("{} promotions, {} hand-overs, {} changes of the topology\n", counters.promotions,
             counters.hand_overs, counters.changes);
  return exit_ok;
}

}  // namespace cachekit::ctl
