#include "tests/chaos/network/namespace_network.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace cachekit::chaos {
namespace {

using Words = std::vector<std::string>;

constexpr const char* node_port = "7379";
constexpr const char* nsenter = "/usr/bin/nsenter";

Status failure(std::string_view what, int error) {
  return {Code::unavailable, fmt::format("{}: {}", what, std::strerror(error))};
}

// To its end; it says itself what is wrong.
Status run(Words words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, arguments[0], nullptr, nullptr, arguments.data(), environ);
  if (error != 0) return failure(fmt::format("cannot run {}", words[0]), error);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return {Code::unavailable, fmt::format("{} has failed", fmt::join(words, " "))};
}

Status run_all(const std::vector<Words>& commands) {
  for (const Words& words : commands) {
    if (Status ran = run(words); !ran.ok()) return ran;
  }
  return {};
}

std::string address_at(std::size_t place) { return fmt::format("10.77.0.{}", place + 11); }

// As other processes name it.
std::string path_of(int space) { return fmt::format("/proc/{}/fd/{}", ::getpid(), space); }

Words inside(int space, const Words& command) {
  Words words{nsenter, "--net=" + path_of(space)};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

// A namespace that lives as long as its descriptor, or a process in it; negative: the error.
int new_space() {
  int space = -1;
  std::thread([&] {
    space = ::unshare(CLONE_NEWNET) == 0 ? ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
                                         : -1;
    if (space < 0) space = -errno;
  }).join();
  return space;
}

}  // namespace

Result<std::unique_ptr<NamespaceNetwork>> NamespaceNetwork::open(std::size_t nodes) {
  std::unique_ptr<NamespaceNetwork> network(new NamespaceNetwork);
  if (::unshare(CLONE_NEWNET) != 0) {
    return tl::unexpected(failure("this process may not have a network of its own", errno));
  }
  // Nodes that others can reach want a password; these are their names for it.
  ::setenv("CACHEKIT_REQUIREPASS", "chaos", 1);
  ::setenv("CACHEKIT_PASSWORD", "chaos", 1);
  if (Status laid = network->lay_bridge(); !laid.ok()) return tl::unexpected(std::move(laid));
  for (std::size_t place = 0; place <= nodes; ++place) {
    const int space = new_space();
    if (space < 0) return tl::unexpected(failure("cannot make a namespace", -space));
    network->spaces_.push_back(space);
    if (Status joined = network->join(place); !joined.ok()) {
      return tl::unexpected(std::move(joined));
    }
  }
  return network;
}

NamespaceNetwork::~NamespaceNetwork() {
  for (const int space : spaces_) ::close(space);
}

Status NamespaceNetwork::lay_bridge() {
  return run_all({{"nft", "list", "ruleset"},
                  {"ip", "link", "set", "lo", "up"},
                  {"ip", "link", "add", "bridge", "type", "bridge"},
                  {"ip", "address", "add", "10.77.0.1/24", "dev", "bridge"},
                  {"ip", "link", "set", "bridge", "up"}});
}

Status NamespaceNetwork::join(std::size_t place) {
  const int space = spaces_[place];
  const std::string plug = fmt::format("node{}", place);
  return run_all(
      {{"ip", "link", "add", plug, "type", "veth", "peer", "name", "eth0", "netns", path_of(space)},
       {"ip", "link", "set", plug, "master", "bridge", "up"},
       inside(space, {"ip", "link", "set", "lo", "up"}),
       inside(space, {"ip", "address", "add", address_at(place) + "/24", "dev", "eth0"}),
       inside(space, {"ip", "link", "set", "eth0", "up"})});
}

std::vector<LocalNodeOptions> NamespaceNetwork::node_options() const {
  std::vector<LocalNodeOptions> options;
  for (std::size_t place = 0; place + 1 < spaces_.size(); ++place) {
    options.push_back({.address = fmt::format("{}:{}", address_at(place), node_port),
                       .listed_address = {},
                       .launcher = inside(spaces_[place], {})});
  }
  return options;
}

Status NamespaceNetwork::enter(std::size_t place) const {
  if (::setns(spaces_[place], CLONE_NEWNET) == 0) return {};
  return failure("a thread cannot enter a namespace", errno);
}

// Only what passes the node's cable: whoever is beside it goes on.
Status NamespaceNetwork::drop(std::size_t node, const std::string& incoming,
                              const std::string& outgoing) {
  const std::string rules = fmt::format(
      "table inet chaos {{\n"
      "chain in {{ type filter hook input priority 0; iifname eth0 {} drop; }}\n"
      "chain out {{ type filter hook output priority 0; oifname eth0 {} drop; }}\n"
      "}}",
      incoming, outgoing);
  return run(inside(spaces_[node], {"nft", rules}));
}

Status NamespaceNetwork::cut(std::size_t node) { return drop(node, "", ""); }

Status NamespaceNetwork::cut_from_guest(std::size_t node) {
  const std::string guest = address_at(spaces_.size() - 1);
  return drop(node, "ip saddr " + guest, "ip daddr " + guest);
}

Status NamespaceNetwork::heal(std::size_t node) {
  return run(inside(spaces_[node], {"nft", "delete", "table", "inet", "chaos"}));
}

}  // namespace cachekit::chaos
