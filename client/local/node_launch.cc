#include "client/local/node_launch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>

namespace cachekit::local {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// The descriptor under which the node finds the pipe that it reports to; those above are closed.
constexpr int ready_descriptor = 3;

// "host:port" and a newline; anything longer is no address.
constexpr std::size_t address_limit_bytes = 256;

// Enough of a log to see why a node ended.
constexpr std::size_t log_end_lines = 20;
constexpr std::size_t log_end_bytes = 4096;

// A killed process ends as soon as the kernel gets to it.
constexpr milliseconds kill_wait{5000};

Status failure(std::string_view what, int error) {
  return {Code::unavailable, fmt::format("{}: {}", what, std::strerror(error))};
}

// Frees what posix_spawn's settings own.
struct SpawnSettings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
};

void set_descriptors(SpawnSettings& settings, const NodeLaunch& launch, int ready_pipe) {
  auto* actions = &settings.actions;
  ::posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, launch.log.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_adddup2(actions, STDOUT_FILENO, STDERR_FILENO);
  ::posix_spawn_file_actions_adddup2(actions, ready_pipe, ready_descriptor);
  ::posix_spawn_file_actions_addclosefrom_np(actions, ready_descriptor + 1);
}

// Signals as at a fresh login, whatever this process blocks or ignores, and out of the reach of the
// terminal's Ctrl-C: the starting process decides how its nodes end.
void set_signals(SpawnSettings& settings, bool detached) {
  sigset_t none;
  sigemptyset(&none);
  sigset_t all;
  sigfillset(&all);
  ::posix_spawnattr_setsigmask(&settings.attributes, &none);
  ::posix_spawnattr_setsigdefault(&settings.attributes, &all);
  ::posix_spawnattr_setpgroup(&settings.attributes, 0);
  const int group = detached ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
  ::posix_spawnattr_setflags(
      &settings.attributes,
      static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | group));
}

std::vector<std::string> words_of(const NodeLaunch& launch) {
  std::vector<std::string> words = launch.launcher;
  words.push_back(launch.program.string());
  words.insert(words.end(), launch.words.begin(), launch.words.end());
  words.insert(words.end(), {"--ready-fd", std::to_string(ready_descriptor)});
  if (!launch.detached) words.emplace_back("--die-with-parent");
  return words;
}

// The pid, or nothing and the error number.
std::optional<pid_t> spawn_process(const NodeLaunch& launch, int ready_pipe, int& error) {
  SpawnSettings settings;
  set_descriptors(settings, launch, ready_pipe);
  set_signals(settings, launch.detached);
  std::vector<std::string> words = words_of(launch);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = 0;
  error = ::posix_spawn(&pid, arguments.front(), &settings.actions, &settings.attributes,
                        arguments.data(), environ);
  if (error != 0) return std::nullopt;
  return pid;
}

// What the pipe brings up to a newline; without one, the node closed it or the time was up.
std::string read_line(int descriptor, steady_clock::time_point deadline) {
  std::string line;
  while (line.size() < address_limit_bytes) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    pollfd watched{descriptor, POLLIN, 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(0, left)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) break;
    std::array<char, 64> bytes;
    const ssize_t count = ::read(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    line.append(bytes.data(), static_cast<std::size_t>(count));
    if (line.ends_with('\n')) break;
  }
  return line;
}

}  // namespace

std::string end_of_log(const std::filesystem::path& log) {
  std::ifstream file(log, std::ios::binary | std::ios::ate);
  if (!file) return {};
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(0, file.tellg()));
  std::string text(std::min(size, log_end_bytes), '\0');
  file.seekg(-static_cast<std::streamoff>(text.size()), std::ios::end);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  while (text.ends_with('\n')) text.pop_back();
  std::size_t begin = text.size();
  for (std::size_t lines = 0; lines < log_end_lines && begin != std::string::npos && begin > 0;
       ++lines) {
    begin = text.rfind('\n', begin - 1);
  }
  return begin == std::string::npos || begin == 0 ? text : text.substr(begin + 1);
}

Result<StartingNode> StartingNode::spawn(const NodeLaunch& launch) {
  std::array<int, 2> pipe_ends;
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
    return tl::unexpected(failure("cannot make a pipe", errno));
  }
  int error = 0;
  const std::optional<pid_t> pid = spawn_process(launch, pipe_ends[1], error);
  ::close(pipe_ends[1]);
  if (!pid) {
    ::close(pipe_ends[0]);
    return tl::unexpected(failure(fmt::format("cannot start {}", launch.program.string()), error));
  }
  Result<ProcessHandle> process = ProcessHandle::open(*pid);
  if (!process) {
    ::kill(*pid, SIGKILL);
    ::close(pipe_ends[0]);
    return tl::unexpected(std::move(process.error()));
  }
  return StartingNode(*std::move(process), pipe_ends[0], launch.log);
}

StartingNode::StartingNode(StartingNode&& other) noexcept
    : process_(std::move(other.process_)),
      ready_pipe_(std::exchange(other.ready_pipe_, -1)),
      log_(std::move(other.log_)) {}

StartingNode::~StartingNode() {
  if (ready_pipe_ < 0) return;
  ::close(ready_pipe_);
  process_.signal(SIGKILL);
  process_.wait(kill_wait);
}

Result<StartingNode::Ready> StartingNode::await_ready(steady_clock::time_point deadline) && {
  std::string line = read_line(ready_pipe_, deadline);
  if (!line.ends_with('\n')) {
    return tl::unexpected(failed_start(steady_clock::now() < deadline ? "ended before it listened"
                                                                      : "was not ready in time"));
  }
  line.pop_back();
  if (line.rfind(':') == std::string::npos) {
    return tl::unexpected(failed_start(fmt::format("reported \"{}\" instead of host:port", line)));
  }
  ::close(std::exchange(ready_pipe_, -1));
  return Ready{std::move(process_), std::move(line)};
}

Status StartingNode::failed_start(std::string_view what) {
  // One that closed the pipe is about to end by itself, with a code that tells more than our kill.
  constexpr milliseconds grace{1000};
  if (!process_.wait(grace)) {
    process_.signal(SIGKILL);
    process_.wait(kill_wait);
  }
  const std::string log = end_of_log(log_);
  return {Code::unavailable,
          fmt::format("a node {} and {}; {}", what,
                      process_.failure().empty() ? "ended" : process_.failure(),
                      log.empty() ? fmt::format("its log {} is empty", log_.string())
                                  : fmt::format("the end of its log:\n{}", log))};
}

}  // namespace cachekit::local
