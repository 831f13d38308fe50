#include "client/routing/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "client/routing/batch.h"
#include "client/routing/error_reply.h"
#include "client/routing/routed_transaction.h"
#include "client/routing/run_batch.h"
#include "client/routing/single_call.h"

namespace cachekit::routing {

Router::Router(std::shared_ptr<const ClusterView> view, std::unique_ptr<io::Engine> engine,
               const ClientOptions& options)
    : views_(std::move(view)),
      engine_(std::move(engine)),
      policy_(retry_policy_of(options)),
      total_timeout_(options.total_timeout),
      connections_{.alone = options.connections_per_node, .shared = options.shared_connections},
      tracer_(options.tracing) {
  if (options.hedge_share > 0) hedging_.emplace(options.hedge_share);
  if (options.hot_keys.keys > 0) hot_keys_.emplace(options.hot_keys);
  const bool spreads = hot_keys_ && options.hot_keys.spread_reads;
  if (options.read_policy == ReadPolicy::primary && !hedging_ && !spreads) return;
  read_preference_.emplace(options.read_policy, options.max_staleness,
                           spreads ? &*hot_keys_ : nullptr);
}

Observers Router::observers() {
  return {.calls = calls_,
          .tracer = tracer_.is_on() ? &tracer_ : nullptr,
          .hot_keys = hot_keys_ ? &*hot_keys_ : nullptr};
}

RoutingTerms Router::terms() {
  return {.views = views_,
          .policy = policy_,
          .preference = read_preference_ ? &*read_preference_ : nullptr,
          .hedging = hedging_ ? &*hedging_ : nullptr,
          .observers = observers()};
}

std::vector<Result<Value>> Router::call(std::span<const Request> requests) {
  const io::Time now = engine_->now();
  RoutedCall call(terms(), *engine_, requests, now, now + total_timeout_);
  run_batch(call.batch(), *engine_);
  return call.results();
}

Result<Value> Router::call(const Request& request) {
  return call(request, engine_->now() + total_timeout_);
}

Result<Value> Router::call(const Request& request, io::Time deadline) {
  SingleCall call(terms(), *engine_, request, deadline - total_timeout_, deadline);
  run_batch(call, *engine_);
  return call.result();
}

Result<Value> Router::call_transaction(std::string_view key, std::span<const Request> requests,
                                       std::optional<int> write_replicas) {
  const io::Time now = engine_->now();
  RoutedTransaction call(terms(), *engine_, key, requests, write_replicas, now,
                         now + total_timeout_);
  run_batch(call.batch(), *engine_);
  return call.result();
}

Result<Value> Router::call_on(std::string_view node, const Request& request) {
  CallReport report(observers(), engine_->now());
  const io::Time deadline = report.began() + total_timeout_;
  const auto refuse = [&](Status why) -> Result<Value> {
    report_unrouted(observers(), request, report.began(), report.began(), why.code());
    return tl::unexpected(std::move(why));
  };
  Result<Route> route = route_to_node(request);
  if (!route) return refuse(std::move(route.error()));
  std::shared_ptr<io::Node> found = views_.get()->find_node(node);
  if (!found) {
    return refuse(
        Status(Code::invalid_argument, fmt::format("the topology has no node '{}'", node)));
  }
  const NodeList nodes{std::move(found)};
  std::array<Command, 1> commands;
  commands[0].request = &request;
  commands[0].route = *route;
  Batch batch(*engine_, policy_, commands, deadline);
  batch.add_lane(nodes);
  report.follow(batch);
  run_batch(batch, *engine_);
  Result<Value>& result = commands[0].result;
  report.end(batch.last_event());
  report.note({.request = &request,
               .route = &commands[0].route,
               .code = result ? Code::ok : result.error().code()});
  report.finish();
  return std::move(result);
}

Result<void> Router::take(Topology topology) {
  const std::shared_ptr<const ClusterView> present = views_.get();
  const std::uint64_t version = topology.version;
  const std::uint64_t present_version = present->topology().version;
  if (version == present_version) return {};
  if (version < present_version) {
    return tl::unexpected(Status(
        Code::topology_error,
        fmt::format("the topology has gone back from version {} to {}", present_version, version)));
  }
  auto view = ClusterView::build(std::move(topology), connections_, present.get());
  if (!view) return tl::unexpected(std::move(view.error()));
  const std::shared_ptr<const ClusterView> next = *std::move(view);
  views_.set(next);
  changes_.add();
  for (std::uint32_t shard = 0; shard < present->shard_count(); ++shard) {
    const std::shared_ptr<io::Node>& primary = present->nodes_of(shard).front();
    const NodeList* nodes = next->find_shard(present->topology().shards[shard].name);
    if (nodes == nullptr || nodes->front() != primary) primary->demote();
  }
  for (const auto& changed : changed_) changed(next);
  return {};
}

std::vector<Result<Value>> Router::ask_all(const Request& request,
                                           std::chrono::milliseconds timeout,
                                           const NodeList& others) {
  const std::shared_ptr<const ClusterView> view = views_.get();
  std::vector<io::Job> jobs;
  const auto add = [&](const std::shared_ptr<io::Node>& node) {
    jobs.push_back({.node = node.get(), .calls = {{.request = &request, .answer = {}}}});
  };
  for (std::uint32_t shard = 0; shard < view->shard_count(); ++shard) {
    std::ranges::for_each(view->nodes_of(shard), add);
  }
  std::ranges::for_each(others, add);
  engine_->exchange(jobs, engine_->now() + timeout);
  std::vector<Result<Value>> answers;
  for (io::Job& job : jobs) answers.push_back(result_of(job.calls.front().answer));
  return answers;
}

Status Router::greet_all(std::chrono::milliseconds timeout) {
  for (const Result<Value>& answer : ask_all(Request{"PING"}, timeout)) {
    if (!answer && answer.error().code() == Code::unauthenticated) return answer.error();
  }
  return {};
}

}  // namespace cachekit::routing
