// One node as the client sees it: its address, its connections, its health.
//
// Thread rule: any number of threads may share one Node.

#pragma once

#include <string>
#include <utility>

#include "client/io/connection.h"
#include "client/io/node_health.h"
#include "client/io/pool.h"
#include "client/topology/node_address.h"

namespace cachekit::io {

class Node {
 public:
  Node(std::string written, topology::NodeAddress address, std::size_t connections)
      : written_(std::move(written)), address_(std::move(address)), pool_(connections) {}

  /// As in the topology.
  const std::string& name() const { return written_; }
  const topology::NodeAddress& address() const { return address_; }

  Pool<Connection>& pool() { return pool_; }
  NodeHealth& health() { return health_; }

 private:
  const std::string written_;
  const topology::NodeAddress address_;
  Pool<Connection> pool_;
  NodeHealth health_;
};

}  // namespace cachekit::io
