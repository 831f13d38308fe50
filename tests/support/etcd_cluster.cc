#include "tests/support/etcd_cluster.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "tests/support/free_port.h"

namespace cachekit::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// A busy machine elects within seconds.
constexpr std::chrono::seconds limit{30};

// A port that was free may be taken before etcd binds it.
constexpr int start_attempts = 3;

constexpr EtcdTimings alone{std::chrono::milliseconds(10), std::chrono::milliseconds(50)};

void pause_between_looks() { ::poll(nullptr, 0, 20); }

fs::path fresh_folder() {
  const fs::path memory = "/dev/shm";
  const fs::path parent = ::access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path();
  std::string name = (parent / "cachekit-etcd-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  return name;
}

// In the child, between fork and exec: only system calls.
[[noreturn]] void become(char* const* arguments, const char* log, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  const int output = ::open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execvp(arguments[0], arguments);
  ::_exit(127);
}

pid_t spawn(const std::vector<std::string>& words, const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("cannot fork");
  if (pid == 0) become(arguments.data(), log.c_str(), parent);
  return pid;
}

std::string peer_url(std::uint16_t port) { return fmt::format("http://127.0.0.1:{}", port); }

}  // namespace

bool etcd_is_installed() {
  static const bool installed = [] {
    const bool found = std::system("command -v etcd etcdctl >/dev/null 2>&1") == 0;
    if (!found) std::cout << "skipped: etcd is not installed" << std::endl;
    return found;
  }();
  return installed;
}

EtcdCluster::EtcdCluster(std::size_t members, EtcdTimings timings)
    : timings_(members == 1 ? alone : timings), folder_(fresh_folder()) {
  for (int attempt = 0; attempt < start_attempts; ++attempt) {
    if (try_to_start_all(members)) return;
  }
  fs::remove_all(folder_);
  throw std::runtime_error("etcd does not start");
}

EtcdCluster::~EtcdCluster() {
  for (std::size_t i = 0; i < members_.size(); ++i) kill(i);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

bool EtcdCluster::try_to_start_all(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) members_.push_back({free_port(), free_port()});
  for (std::size_t i = 0; i < count; ++i) start(i);
  try {
    await_leader();
    return true;
  } catch (const std::runtime_error&) {
    for (std::size_t i = 0; i < count; ++i) kill(i);
    members_.clear();
    for (const auto& entry : fs::directory_iterator(folder_)) fs::remove_all(entry.path());
    return false;
  }
}

std::string EtcdCluster::address(std::size_t member) const {
  return fmt::format("127.0.0.1:{}", members_[member].client_port);
}

std::string EtcdCluster::url(const std::string& name, const std::string& credentials,
                             std::size_t first) const {
  std::string list;
  for (std::size_t i = 0; i < size(); ++i) {
    list += (i > 0 ? "," : "") + address((first + i) % size());
  }
  return fmt::format("etcd://{}{}{}/{}", credentials, credentials.empty() ? "" : "@", list, name);
}

void EtcdCluster::start(std::size_t index) {
  std::string cluster;
  for (std::size_t i = 0; i < size(); ++i) {
    cluster += fmt::format("{}m{}={}", i > 0 ? "," : "", i, peer_url(members_[i].peer_port));
  }
  const std::string client = "http://" + address(index);
  const std::string peer = peer_url(members_[index].peer_port);
  const std::string name = fmt::format("m{}", index);
  members_[index].pid = spawn({"etcd",
                               "--name",
                               name,
                               "--data-dir",
                               folder_ / name,
                               "--unsafe-no-fsync",
                               "--heartbeat-interval",
                               std::to_string(timings_.heartbeat.count()),
                               "--election-timeout",
                               std::to_string(timings_.election.count()),
                               "--listen-client-urls",
                               client,
                               "--advertise-client-urls",
                               client,
                               "--listen-peer-urls",
                               peer,
                               "--initial-advertise-peer-urls",
                               peer,
                               "--initial-cluster",
                               cluster},
                              folder_ / (name + ".log"));
}

void EtcdCluster::kill(std::size_t index) {
  Member& member = members_[index];
  if (member.pid < 0) return;
  ::kill(member.pid, SIGKILL);
  ::waitpid(member.pid, nullptr, 0);
  member.pid = -1;
  member.frozen = false;
}

void EtcdCluster::forget(std::size_t index) { fs::remove_all(folder_ / fmt::format("m{}", index)); }

void EtcdCluster::freeze(std::size_t index) {
  ::kill(members_[index].pid, SIGSTOP);
  ::waitpid(members_[index].pid, nullptr, WUNTRACED);
  members_[index].frozen = true;
}

void EtcdCluster::thaw(std::size_t index) {
  ::kill(members_[index].pid, SIGCONT);
  members_[index].frozen = false;
}

std::string EtcdCluster::endpoints() const {
  std::string list;
  for (std::size_t i = 0; i < size(); ++i) {
    if (members_[i].pid < 0 || members_[i].frozen) continue;
    list += (list.empty() ? "" : ",") + address(i);
  }
  return list;
}

bool EtcdCluster::run_ctl(const std::string& words, std::string& output) const {
  const std::string line =
      fmt::format("ETCDCTL_API=3 etcdctl --dial-timeout=1s --command-timeout=2s --endpoints={} {}",
                  endpoints(), words + " 2>&1");
  std::FILE* const pipe = ::popen(line.c_str(), "re");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + line);
  output.clear();
  std::array<char, 4096> bytes;
  while (const std::size_t count = std::fread(bytes.data(), 1, bytes.size(), pipe)) {
    output.append(bytes.data(), count);
  }
  return ::pclose(pipe) == 0;
}

bool EtcdCluster::some_member_has_ended() {
  for (Member& member : members_) {
    if (member.pid < 0 || ::waitpid(member.pid, nullptr, WNOHANG) != member.pid) continue;
    member.pid = -1;
    return true;
  }
  return false;
}

std::string EtcdCluster::ctl(const std::string& words) {
  std::string output;
  for (const auto end = Clock::now() + limit; !run_ctl(words, output);) {
    if (some_member_has_ended() || Clock::now() > end) {
      throw std::runtime_error("etcdctl " + words + ": " + output);
    }
    pause_between_looks();
  }
  return output;
}

void EtcdCluster::await_leader() { ctl("endpoint health"); }

// One line for each member: address, id, version, size, whether it leads, …
std::size_t EtcdCluster::leader() {
  const std::string table = ctl("endpoint status");
  for (std::size_t i = 0; i < size(); ++i) {
    const std::size_t at = table.find(address(i) + ", ");
    if (at == std::string::npos) continue;
    const std::string line = table.substr(at, table.find('\n', at) - at);
    if (line.find("B, true, ") != std::string::npos) return i;
  }
  throw std::runtime_error("etcd has no leader:\n" + table);
}

}  // namespace cachekit::test
