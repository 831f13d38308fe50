// All connections of a node, in the order of their ids. It owns none.

#pragma once

#include <cstddef>
#include <map>

#include "node/connection.h"

namespace cachekit::node {

class ConnectionRegistry {
 public:
  ConnectionId next_id() { return ++last_id_; }

  /// The connection must be removed before it goes.
  void add(Connection& connection) { connections_.emplace(connection.id, &connection); }
  void remove(const Connection& connection) { connections_.erase(connection.id); }

  /// nullptr if there is none, or if it is about to be closed by CLIENT KILL.
  Connection* find(ConnectionId id) const {
    const auto found = connections_.find(id);
    return found != connections_.end() && !found->second->killed ? found->second : nullptr;
  }

  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [id, connection] : connections_) {
      if (!connection->killed) visit(*connection);
    }
  }

  std::size_t size() const { return connections_.size(); }

 private:
  std::map<ConnectionId, Connection*> connections_;
  ConnectionId last_id_ = 0;
};

}  // namespace cachekit::node
