#include "client/api/client_state.h"

#include "client/api/async_call.h"
#include "client/caching/near_answers.h"

namespace cachekit::api {
namespace {

Status refusal_in_child() {
  return Status(Code::invalid_argument,
                "this client was connected before the process forked; connect again in the child");
}

}  // namespace

ClientState::ClientState(std::unique_ptr<routing::Router> router,
                         std::unique_ptr<caching::NearCache> near_cache,
                         const io::EngineContext& context, std::unique_ptr<topology::Store> store,
                         const ClientOptions& options)
    : when_full_(options.when_full),
      router_(std::move(router)),
      near_cache_(std::move(near_cache)),
      loops_(*this, context, options) {
  router_->on_change([this](const auto&) { loops_.look_at_nodes(); });
  if (!store) return;
  watch_.emplace(*router_, std::move(store), options.log);
  router_->on_doubt([this] { watch_->doubt(); });
}

// It tells the loops of changes, so it stops before they are gone.
ClientState::~ClientState() {
  if (watch_) watch_->stop();
}

Result<Value> ClientState::call(const Request& request) {
  if (guard_.is_in_child()) return tl::unexpected(refusal_in_child());
  if (near_cache_) near_cache_->note_request(request);
  Result<Value> reply = router_->call(request);
  if (near_cache_) near_cache_->note_request(request);
  return reply;
}

std::vector<Result<Value>> ClientState::call(std::vector<Request> requests) {
  if (guard_.is_in_child()) {
    return std::vector<Result<Value>>(requests.size(), tl::unexpected(refusal_in_child()));
  }
  if (near_cache_) return call_beside(*near_cache_, std::move(requests));
  return router_->call(requests);
}

std::vector<Result<Value>> ClientState::call_beside(caching::NearCache& near_cache,
                                                    std::vector<Request> requests) {
  caching::NearAnswers near(near_cache, std::move(requests));
  for (const Request& request : near.rest()) near_cache.note_request(request);
  std::vector<Result<Value>> replies = router_->call(near.rest());
  for (const Request& request : near.rest()) near_cache.note_request(request);
  return near.complete(std::move(replies));
}

Result<Value> ClientState::call_on(std::string_view node, const Request& request) {
  if (guard_.is_in_child()) return tl::unexpected(refusal_in_child());
  if (near_cache_) near_cache_->note_request_to(node, request);
  Result<Value> reply = router_->call_on(node, request);
  if (near_cache_) near_cache_->note_request_to(node, request);
  return reply;
}

Result<Value> ClientState::call_transaction(std::string_view key, std::span<const Request> requests,
                                            std::optional<int> write_replicas) {
  if (guard_.is_in_child()) return tl::unexpected(refusal_in_child());
  if (near_cache_) near_cache_->note_transaction(key, requests);
  Result<Value> reply = router_->call_transaction(key, requests, write_replicas);
  if (near_cache_) near_cache_->note_transaction(key, requests);
  return reply;
}

std::optional<Status> ClientState::start(Asked&& asked, Completion& told, std::stop_token stop,
                                         IfFull if_full) {
  if (guard_.is_in_child()) return refusal_in_child();
  std::optional<io::Time> began;
  std::optional<Status> refusal = try_start(asked, told, stop, if_full, began);
  if (refusal) {
    const io::Time now = io::Clock::now();
    report_unrouted(router_->observers(), asked, began.value_or(now), now, refusal->code());
  }
  return refusal;
}

/// Takes what is asked only if it does not refuse it.
std::optional<Status> ClientState::try_start(Asked& asked, Completion& told, std::stop_token& stop,
                                             IfFull if_full, std::optional<io::Time>& began) {
  if (stop.stop_requested()) return AsyncCall::stopped();
  const Result<AsyncLoop*> found = loops_.of_this_thread();
  if (!found) return found.error();
  AsyncLoop& loop = **found;
  const bool is_of_loop = loop.events().is_current();
  began = is_of_loop ? loop.events().now() : io::Clock::now();
  const io::Time deadline = *began + router_->total_timeout();
  const std::size_t bytes = bytes_of(asked);
  bool has_budget = false;
  if (when_full_ == WhenFull::fail) {
    has_budget = loop.budget().try_take(bytes);
    if (!has_budget) return Status(Code::overloaded, "too many operations are under way");
  } else if (if_full == IfFull::may_block && !is_of_loop) {
    has_budget = loop.budget().take_until(bytes, deadline);
    if (!has_budget) return AsyncCall::no_room();
  }
  AsyncCall::start(loop, std::move(asked), told, std::move(stop), deadline, has_budget);
  return std::nullopt;
}

std::optional<Status> start(ClientState& client, Asked&& asked, Completion& told,
                            std::stop_token stop, IfFull if_full) {
  return client.start(std::move(asked), told, std::move(stop), if_full);
}

}  // namespace cachekit::api
