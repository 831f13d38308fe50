// Takes requests to the nodes that serve their keys, and brings back one result for each: finds
// shards by the ring, divides requests whose keys lie on several, retries, merges.
//
// Thread rule: any number of threads may share one Router.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "cachekit/operation.h"
#include "cachekit/options.h"
#include "cachekit/status.h"
#include "client/hotkeys/hot_keys.h"
#include "client/io/engine.h"
#include "client/metrics/call_meter.h"
#include "client/metrics/tracer.h"
#include "client/routing/cluster_view.h"
#include "client/routing/current_view.h"
#include "client/routing/read_preference.h"
#include "client/routing/retry.h"
#include "client/routing/routed_call.h"

namespace cachekit::routing {

class Router {
 public:
  Router(std::shared_ptr<const ClusterView> view, std::unique_ptr<io::Engine> engine,
         const ClientOptions& options);

  /// One result for each request, in their order. On one shard they are executed in that order.
  std::vector<Result<Value>> call(std::span<const Request> requests);

  Result<Value> call(const Request& request);

  /// The same for a call that began before now: total_timeout() before its deadline.
  Result<Value> call(const Request& request, io::Time deadline);

  /// One after the other with nothing in between, or not at all, on the shard of `key`: an array of
  /// their answers. Never repeated if it may have been executed, unless it only reads.
  Result<Value> call_transaction(std::string_view key, std::span<const Request> requests,
                                 std::optional<int> write_replicas);

  /// To one node, by its address in the topology, whatever the keys.
  Result<Value> call_on(std::string_view node, const Request& request);

  /// The answers of all nodes of the view, and of `others`, in no particular order; a failure for
  /// each that has not answered within `timeout`.
  std::vector<Result<Value>> ask_all(const Request& request, std::chrono::milliseconds timeout,
                                     const NodeList& others = {});

  /// Asks every node for a sign of life, all at once, within `timeout`. Fails with unauthenticated
  /// if one of them refuses the credentials; a node that is down is no failure.
  Status greet_all(std::chrono::milliseconds timeout);

  std::shared_ptr<const ClusterView> view() const { return views_.get(); }

  /// For callers that carry the jobs of their calls themselves.
  RoutingTerms terms();

  Observers observers();
  const metrics::CallMeter& calls() const { return calls_; }
  const metrics::Tracer& tracer() const { return tracer_; }
  const hotkeys::HotKeys* hot_keys() const { return hot_keys_ ? &*hot_keys_ : nullptr; }

  /// How often another topology has come into force.
  std::uint64_t changes() const { return changes_.get(); }

  const Hedging* hedging() const { return hedging_ ? &*hedging_ : nullptr; }
  std::chrono::milliseconds total_timeout() const { return total_timeout_; }

  /// Called, by any thread, when a node has not answered, or has said that it is not what the view
  /// says. Set before any call.
  void on_doubt(std::function<void()> told) { views_.on_doubt(std::move(told)); }

  /// Called by take() with a new view, once it is in force. Set before any call.
  void on_change(std::function<void(const std::shared_ptr<const ClusterView>&)> told) {
    changed_.push_back(std::move(told));
  }

  /// Goes on with this topology if it is newer than the present one. Calls under way turn to it at
  /// their next attempt. Fails with topology_error, and nothing changes, if it is older or makes no
  /// sense. One thread at a time.
  Result<void> take(Topology topology);

 private:
  CurrentView views_;
  std::vector<std::function<void(const std::shared_ptr<const ClusterView>&)>> changed_;
  const std::unique_ptr<io::Engine> engine_;
  const RetryPolicy policy_;
  std::optional<ReadPreference> read_preference_;
  std::optional<Hedging> hedging_;
  const std::chrono::milliseconds total_timeout_;
  const io::ConnectionLimits connections_;
  metrics::CallMeter calls_;
  metrics::Tracer tracer_;
  std::optional<hotkeys::HotKeys> hot_keys_;
  metrics::Counter changes_;
};

}  // namespace cachekit::routing
