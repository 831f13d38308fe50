// Keeps a router at the newest topology of its store, on a thread of its own. While the store
// cannot be read, the copies that the nodes have take its place.
//
// Thread rule: made and destroyed by one thread each; doubt() from any.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "cachekit/options.h"
#include "client/api/node_copies.h"
#include "client/routing/router.h"
#include "client/topology/store.h"

namespace cachekit::api {

class TopologyWatch {
 public:
  using Log = std::function<void(LogLevel, std::string_view)>;

  /// The router must outlive it.
  TopologyWatch(routing::Router& router, std::unique_ptr<topology::Store> store, Log log);
  ~TopologyWatch();

  TopologyWatch(const TopologyWatch&) = delete;
  TopologyWatch& operator=(const TopologyWatch&) = delete;

  /// Takes no topology any more. Doubts do no harm then.
  void stop();

  /// A node is not what the topology says: there may be a newer one.
  void doubt();

 private:
  void run();
  void look();
  Result<Topology> read();

  routing::Router& router_;
  const std::unique_ptr<topology::Store> store_;
  NodeCopies copies_;
  const Log log_;
  std::string last_complaint_;
  std::atomic<bool> doubted_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace cachekit::api
