// Keeps a router at the newest topology of its store, on a thread of its own.
//
// Thread rule: made and destroyed by one thread each.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "cachekit/options.h"
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

 private:
  void run();
  void look();

  routing::Router& router_;
  const std::unique_ptr<topology::Store> store_;
  const Log log_;
  std::string last_complaint_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace cachekit::api
