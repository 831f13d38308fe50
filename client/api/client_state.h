// What stands behind a Client, and how it is put together.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include "cachekit/async.h"
#include "cachekit/client.h"
#include "client/api/async_loops.h"
#include "client/api/fork_guard.h"
#include "client/api/topology_watch.h"
#include "client/caching/near_cache.h"
#include "client/routing/router.h"

namespace cachekit::api {

class ClientState {
 public:
  /// Without a store the topology is what it is. The near-cache may be null. The context is the one
  /// of the router's engine.
  ClientState(std::unique_ptr<routing::Router> router,
              std::unique_ptr<caching::NearCache> near_cache, const io::EngineContext& context,
              std::unique_ptr<topology::Store> store, const ClientOptions& options);
  ClientState(const ClientState&) = delete;
  ClientState& operator=(const ClientState&) = delete;
  ~ClientState();

  routing::Router& router() { return *router_; }

  /// Null in a forked child as well.
  caching::NearCache* near_cache() { return guard_.is_in_child() ? nullptr : near_cache_.get(); }

  bool is_in_child() const { return guard_.is_in_child(); }

  /// Calls of the router, of which the near-cache is told; what it knows of several requests is not
  /// asked for. Refused in a forked child.
  Result<Value> call(const Request& request);
  std::vector<Result<Value>> call(std::vector<Request> requests);
  Result<Value> call_on(std::string_view node, const Request& request);
  Result<Value> call_transaction(std::string_view key, std::span<const Request> requests,
                                 std::optional<int> write_replicas);

  /// See async.h.
  std::optional<Status> start(Asked&& asked, Completion& told, std::stop_token stop,
                              IfFull if_full);

  /// See client.h.
  ClientStats stats();
  std::vector<HotKey> hot_keys() const;

 private:
  std::vector<Result<Value>> call_beside(caching::NearCache& near_cache,
                                         std::vector<Request> requests);
  std::optional<Status> try_start(Asked& asked, Completion& told, std::stop_token& stop,
                                  IfFull if_full, std::optional<io::Time>& began);

  const ForkGuard guard_;
  const WhenFull when_full_;
  std::unique_ptr<routing::Router> router_;
  std::unique_ptr<caching::NearCache> near_cache_;
  std::optional<TopologyWatch> watch_;
  AsyncLoops loops_;  // after the watch, which their last calls may still tell of doubts
};

}  // namespace cachekit::api
