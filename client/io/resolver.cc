#include "client/io/resolver.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/un.h>

#include <condition_variable>
#include <cstring>
#include <system_error>
#include <thread>

namespace cachekit::io {
namespace {

using Addresses = Result<std::vector<SocketAddress>>;

SocketAddress unix_address(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  SocketAddress address;
  std::memcpy(&address.storage, &name, sizeof name);
  address.size = sizeof name;
  return address;
}

/// `flags` decides whether names are looked up or only numbers read.
Addresses ask_system(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* list = nullptr;
  if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
      error != 0) {
    return tl::unexpected(
        Status(Code::unavailable,
               fmt::format("cannot find the address of '{}': {}", host, gai_strerror(error))));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    SocketAddress& address = addresses.emplace_back();
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
  }
  return addresses;
}

}  // namespace

struct Resolver::Lookup {
  std::mutex mutex;
  std::condition_variable finished;
  bool done = false;
  Addresses addresses;

  void finish(Addresses found) {
    const std::lock_guard lock(mutex);
    addresses = std::move(found);
    done = true;
    finished.notify_all();
  }
  bool is_done() {
    const std::lock_guard lock(mutex);
    return done;
  }
};

std::shared_ptr<Resolver::Lookup> Resolver::lookup(const topology::NodeAddress& node) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Lookup>& current = lookups_[fmt::format("{} {}", node.host, node.port)];
  if (current && !current->is_done()) return current;
  current = std::make_shared<Lookup>();
  try {
    std::thread([lookup = current, host = node.host, port = node.port] {
      lookup->finish(ask_system(host, port, 0));
    }).detach();
  } catch (const std::system_error& error) {
    current->finish(tl::unexpected(Status(
        Code::unavailable, fmt::format("cannot look up '{}': {}", node.host, error.what()))));
  }
  return current;
}

std::optional<Addresses> Resolver::without_lookup(const topology::NodeAddress& node) {
  if (node.is_unix()) return std::vector<SocketAddress>{unix_address(node.path)};
  if (Addresses number = ask_system(node.host, node.port, AI_NUMERICHOST)) return number;
  return std::nullopt;
}

Result<std::vector<SocketAddress>> Resolver::resolve(const topology::NodeAddress& node,
                                                     Time deadline) {
  if (auto known = without_lookup(node)) return *std::move(known);
  const std::shared_ptr<Lookup> running = lookup(node);
  std::unique_lock lock(running->mutex);
  if (!running->finished.wait_until(lock, deadline, [&] { return running->done; })) {
    return tl::unexpected(
        Status(Code::deadline_exceeded, fmt::format("looking up '{}' took too long", node.host)));
  }
  return running->addresses;
}

}  // namespace cachekit::io
