#include "bench/hit_ratio/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

namespace cachekit::bench::hit_ratio {
namespace {

using namespace std::chrono_literals;

constexpr auto start_limit = 5s;
constexpr auto stop_limit = 5s;
constexpr auto poll_interval = 10ms;

constexpr int exit_not_found = 127;

[[noreturn]] void become(const std::vector<char*>& arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nowhere = ::open("/dev/null", O_RDWR);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::dup2(nowhere, descriptor);
  }
  ::execvp(arguments.front(), arguments.data());
  ::_exit(exit_not_found);
}

// A line such as "VmRSS:     1234 kB"; 0 if there is none.
std::size_t status_bytes(pid_t pid, const std::string& name) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  std::string word;
  while (status >> word) {
    if (word != name) continue;
    std::size_t kibibytes = 0;
    status >> kibibytes;
    return kibibytes << 10;
  }
  return 0;
}

}  // namespace

std::uint16_t free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

Result<std::unique_ptr<ServerProcess>> ServerProcess::start(const std::vector<std::string>& command,
                                                            Protocol protocol, std::uint16_t port) {
  // Made before the fork: between fork and exec nothing may be allocated.
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) become(arguments);
  if (pid < 0) return tl::unexpected(Status(Code::unavailable, "cannot start a process"));
  std::unique_ptr<ServerProcess> server(new ServerProcess(pid));
  if (Status status = server->wait_until_it_answers(protocol, port); !status.ok()) {
    return tl::unexpected(
        Status(Code::unavailable, fmt::format("{}: {}", command.front(), status.message())));
  }
  server->forget_peak();
  return server;
}

ServerProcess::~ServerProcess() {
  connection_.reset();
  if (!ended_) ::kill(pid_, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + stop_limit;
  while (!has_ended()) {
    if (std::chrono::steady_clock::now() > deadline) ::kill(pid_, SIGKILL);
    std::this_thread::sleep_for(poll_interval);
  }
}

bool ServerProcess::has_ended() {
  ended_ = ended_ || ::waitpid(pid_, nullptr, WNOHANG) == pid_;
  return ended_;
}

Status ServerProcess::wait_until_it_answers(Protocol protocol, std::uint16_t port) {
  const auto deadline = std::chrono::steady_clock::now() + start_limit;
  while (std::chrono::steady_clock::now() < deadline) {
    if (has_ended()) return {Code::unavailable, "not installed, or it ended at once"};
    Result<CacheConnection> connection = CacheConnection::open(protocol, port);
    if (connection) {
      connection_ = std::make_unique<CacheConnection>(*std::move(connection));
      return connection_->ping();
    }
    std::this_thread::sleep_for(poll_interval);
  }
  return {Code::unavailable, "it does not answer"};
}

// From now on the peak is that of what comes. Where the kernel does not offer this, the peak is
// that of the start if that was higher.
void ServerProcess::forget_peak() const {
  std::ofstream(fmt::format("/proc/{}/clear_refs", pid_)) << "5";
}

std::size_t ServerProcess::resident_bytes() const { return status_bytes(pid_, "VmRSS:"); }

std::size_t ServerProcess::peak_bytes() const { return status_bytes(pid_, "VmHWM:"); }

}  // namespace cachekit::bench::hit_ratio
