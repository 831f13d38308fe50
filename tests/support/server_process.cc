#include "tests/support/server_process.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string_view>

#include "tests/support/resp_connection.h"

namespace cachekit::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// A busy machine with sanitizers starts a server within seconds; what takes longer hangs.
constexpr milliseconds start_limit{30'000};
// A clean stop is a matter of milliseconds; a leak check at exit may take seconds.
constexpr milliseconds stop_limit{20'000};
// Between two looks at a child: short beside a start, long beside a system call.
constexpr milliseconds look_interval{5};
// A port that was free may be taken before redis-server binds it.
constexpr int port_attempts = 5;
// What a server may print before its writes fail: a loop that logs must not fill the disk.
constexpr rlim_t output_limit_bytes = 16 << 20;
constexpr std::size_t shown_output_bytes = 8 << 10;

void pause_between_looks() { ::poll(nullptr, 0, static_cast<int>(look_interval.count())); }

std::string node_program() {
  const char* path = std::getenv("CACHEKIT_NODE");
  if (path == nullptr) {
    throw std::runtime_error("the environment variable CACHEKIT_NODE does not name a node");
  }
  return path;
}

std::vector<std::string> with(std::vector<std::string> first,
                              const std::vector<std::string>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

// In the child, between fork and exec: only system calls.
[[noreturn]] void become(char* const* arguments, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  const rlimit limit{output_limit_bytes, output_limit_bytes};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  ::signal(SIGXFSZ, SIG_IGN);
  ::execvp(arguments[0], arguments);
  ::_exit(127);
}

}  // namespace

std::string Endpoint::text() const {
  return unix_path.empty() ? fmt::format("{}:{}", host, port) : unix_path;
}

bool redis_is_installed() {
  static const bool installed = [] {
    const bool found = std::system("command -v redis-server >/dev/null 2>&1") == 0;
    if (!found) std::cout << "skipped: redis-server is not installed" << std::endl;
    return found;
  }();
  return installed;
}

// A nameless file, so that nothing is left behind however the test ends.
class ServerProcess::Output {
 public:
  Output() : descriptor_(::memfd_create("server-output", MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::runtime_error("cannot create a file for a server's output");
  }
  ~Output() { ::close(descriptor_); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  int descriptor() const { return descriptor_; }

  std::string tail() const {
    const off_t size = ::lseek(descriptor_, 0, SEEK_CUR);
    const auto shown = std::min<off_t>(size, shown_output_bytes);
    std::string text(static_cast<std::size_t>(shown), '\0');
    const auto got = ::pread(descriptor_, text.data(), text.size(), size - shown);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return text;
  }

 private:
  int descriptor_;
};

ServerProcess::ServerProcess(const Arguments& command, int ready_descriptor)
    : output_(std::make_unique<Output>()) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ == 0) become(arguments.data(), output_->descriptor(), parent);
  running_ = true;
  if (ready_descriptor >= 0) ::close(ready_descriptor);
}

ServerProcess::~ServerProcess() {
  if (!running_) return;
  ::kill(pid_, SIGTERM);
  if (wait_for_exit(stop_limit)) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, &wait_status_, 0);
}

std::unique_ptr<ServerProcess> ServerProcess::start_redis(const Arguments& more) {
  std::string output;
  for (int attempt = 0; attempt < port_attempts; ++attempt) {
    const std::uint16_t port = free_port();
    std::unique_ptr<ServerProcess> server(new ServerProcess(
        with({"redis-server", "--port", std::to_string(port), "--bind", "127.0.0.1", "--save", "",
              "--appendonly", "no", "--databases", "1"},
             more),
        -1));
    server->endpoint_.port = port;
    const auto deadline = Clock::now() + start_limit;
    while (server->is_running() && Clock::now() < deadline) {
      if (server->answers_ping()) return server;
      pause_between_looks();
    }
    output = server->output_tail();
  }
  throw std::runtime_error("redis-server did not start; it printed:\n" + output);
}

std::unique_ptr<ServerProcess> ServerProcess::start_node(const Arguments& more) {
  std::array<int, 2> ready{};
  if (::pipe(ready.data()) != 0) throw std::runtime_error("cannot make a pipe");
  ::fcntl(ready[0], F_SETFD, FD_CLOEXEC);
  Arguments command{node_program(), "--ready-fd", std::to_string(ready[1]), "--die-with-parent"};
  if (std::ranges::find(more, "--port") == more.end()) command = with(command, {"--port", "0"});
  std::unique_ptr<ServerProcess> server(new ServerProcess(with(command, more), ready[1]));
  const std::string line = server->read_ready_line(ready[0]);
  ::close(ready[0]);
  const auto colon = line.rfind(':');
  if (colon == std::string::npos) {
    throw std::runtime_error(fmt::format("{} did not start ({}); it printed:\n{}", node_program(),
                                         server->exit_text(), server->output_tail()));
  }
  server->endpoint_.host = line.substr(0, colon);
  server->endpoint_.port = static_cast<std::uint16_t>(std::stoi(line.substr(colon + 1)));
  return server;
}

ServerProcess::Exit ServerProcess::run_node(const Arguments& arguments) {
  ServerProcess server(with({node_program()}, arguments), -1);
  const bool ended = server.wait_for_exit(start_limit);
  const bool by_itself = ended && WIFEXITED(server.wait_status_);
  return {by_itself ? WEXITSTATUS(server.wait_status_) : -1, server.output_tail()};
}

// "host:port" as the node writes it, or nothing if it ended or took too long.
std::string ServerProcess::read_ready_line(int descriptor) {
  const auto deadline = Clock::now() + start_limit;
  std::string line;
  while (Clock::now() < deadline) {
    pollfd waiting{descriptor, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(look_interval.count())) <= 0) continue;
    char byte = 0;
    if (::read(descriptor, &byte, 1) != 1) break;
    if (byte == '\n') return line;
    line.push_back(byte);
  }
  wait_for_exit(milliseconds(1000));  // for exit_text()
  return {};
}

bool ServerProcess::answers_ping() const {
  auto connection = RespConnection::open(endpoint_);
  if (!connection) return false;
  const auto reply = connection->call({"PING"});
  return reply.has_value() && *reply != "-LOADING Redis is loading the dataset in memory\r\n";
}

bool ServerProcess::is_running() {
  if (running_ && ::waitpid(pid_, &wait_status_, WNOHANG) == pid_) running_ = false;
  return running_;
}

bool ServerProcess::wait_for_exit(milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  while (is_running()) {
    if (Clock::now() >= deadline) return false;
    pause_between_looks();
  }
  return true;
}

void ServerProcess::stop() {
  if (pid_ < 0) return;
  const bool was_running = is_running();
  if (was_running) ::kill(pid_, SIGTERM);
  check_end(was_running);
}

void ServerProcess::tell_to_stop() const { ::kill(pid_, SIGTERM); }

void ServerProcess::await_end() { check_end(true); }

void ServerProcess::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, &wait_status_, 0);
  running_ = false;
  pid_ = -1;
}

// Whether it ran until it was told to stop is for the caller to know.
void ServerProcess::check_end(bool ran_until_then) {
  const bool ended = wait_for_exit(stop_limit);
  const bool clean =
      ran_until_then && ended && WIFEXITED(wait_status_) && WEXITSTATUS(wait_status_) == 0;
  CHECK_MESSAGE(clean, "the server at ", endpoint_.text(),
                " should run until SIGTERM and exit "
                "with 0, but it ",
                exit_text(), "; it printed:\n", output_tail());
  if (!ended) return kill();
  pid_ = -1;
}

std::size_t ServerProcess::resident_bytes() const { return status_bytes("VmRSS:"); }

std::size_t ServerProcess::peak_resident_bytes() const { return status_bytes("VmHWM:"); }

// proc(5): 5 resets the peak.
void ServerProcess::forget_peak() const {
  std::ofstream(fmt::format("/proc/{}/clear_refs", pid_)) << "5";
}

std::size_t ServerProcess::status_bytes(const std::string& field) const {
  std::ifstream status(fmt::format("/proc/{}/status", pid_));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stoull(line.substr(field.size())) << 10;
  }
  throw std::runtime_error(fmt::format("process {} has no {} in /proc", pid_, field));
}

std::string ServerProcess::output_tail() const { return output_->tail(); }

std::string ServerProcess::exit_text() const {
  if (running_) return "still runs";
  if (WIFSIGNALED(wait_status_))
    return fmt::format("was ended by signal {}", WTERMSIG(wait_status_));
  return fmt::format("exited with {}", WEXITSTATUS(wait_status_));
}

}  // namespace cachekit::test
