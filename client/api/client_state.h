// What stands behind a Client, and how it is put together.

#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "cachekit/client.h"
#include "client/api/topology_watch.h"
#include "client/routing/router.h"

namespace cachekit::api {

class ClientState {
 public:
  /// Without a store the topology is what it is.
  ClientState(std::unique_ptr<routing::Router> router, std::unique_ptr<topology::Store> store,
              TopologyWatch::Log log)
      : router_(std::move(router)) {
    if (!store) return;
    watch_.emplace(*router_, std::move(store), std::move(log));
    router_->on_doubt([this] { watch_->doubt(); });
  }

  ClientState(const ClientState&) = delete;
  ClientState& operator=(const ClientState&) = delete;

  routing::Router& router() { return *router_; }

 private:
  std::unique_ptr<routing::Router> router_;
  std::optional<TopologyWatch> watch_;
};

}  // namespace cachekit::api
