// Finds the socket addresses of a node, anew for each connection, so that a node may move.
//
// The system's resolver takes no deadline, so a name is looked up on a thread of its own, which is
// left behind if it takes too long; there is at most one such thread for a name at any time.
// Numbers and Unix sockets need no lookup. Any thread may call.

#pragma once

#include <sys/socket.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cachekit/status.h"
#include "client/io/clock.h"
#include "client/topology/node_address.h"

namespace cachekit::io {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  int family() const { return storage.ss_family; }
};

class Resolver {
 public:
  /// The address of a Unix socket or a number; nothing if a name is to be looked up.
  static std::optional<Result<std::vector<SocketAddress>>> without_lookup(
      const topology::NodeAddress& node);

  /// At least one address, in the order in which they are to be tried. Fails with unavailable or
  /// deadline_exceeded.
  Result<std::vector<SocketAddress>> resolve(const topology::NodeAddress& node, Time deadline);

 private:
  struct Lookup;
  std::shared_ptr<Lookup> lookup(const topology::NodeAddress& node);

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Lookup>> lookups_;  // by host and port; the newest of each
};

}  // namespace cachekit::io
