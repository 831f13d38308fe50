// What stands behind a Client, and how it is put together.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "cachekit/client.h"
#include "client/api/topology_watch.h"
#include "client/caching/near_cache.h"
#include "client/routing/router.h"

namespace cachekit::api {

class ClientState {
 public:
  /// Without a store the topology is what it is. The near-cache may be null.
  ClientState(std::unique_ptr<routing::Router> router,
              std::unique_ptr<caching::NearCache> near_cache,
              std::unique_ptr<topology::Store> store, TopologyWatch::Log log)
      : router_(std::move(router)), near_cache_(std::move(near_cache)) {
    if (!store) return;
    watch_.emplace(*router_, std::move(store), std::move(log));
    router_->on_doubt([this] { watch_->doubt(); });
  }

  ClientState(const ClientState&) = delete;
  ClientState& operator=(const ClientState&) = delete;

  routing::Router& router() { return *router_; }
  caching::NearCache* near_cache() { return near_cache_.get(); }

  /// Calls of the router, of which the near-cache is told.
  Result<Value> call(const Request& request);
  std::vector<Result<Value>> call(std::span<const Request> requests);
  Result<Value> call_on(std::string_view node, const Request& request);

 private:
  std::unique_ptr<routing::Router> router_;
  std::unique_ptr<caching::NearCache> near_cache_;
  std::optional<TopologyWatch> watch_;
};

}  // namespace cachekit::api
