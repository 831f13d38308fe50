#include "client/api/client_state.h"

namespace cachekit::api {

Result<Value> ClientState::call(const Request& request) {
  if (!near_cache_) return router_->call(request);
  near_cache_->note_request(request);
  Result<Value> reply = router_->call(request);
  near_cache_->note_request(request);
  return reply;
}

std::vector<Result<Value>> ClientState::call(std::span<const Request> requests) {
  const auto note = [&] {
    if (!near_cache_) return;
    for (const Request& request : requests) near_cache_->note_request(request);
  };
  note();
  std::vector<Result<Value>> replies = router_->call(requests);
  note();
  return replies;
}

Result<Value> ClientState::call_on(std::string_view node, const Request& request) {
  if (near_cache_) near_cache_->note_request_to(node, request);
  Result<Value> reply = router_->call_on(node, request);
  if (near_cache_) near_cache_->note_request_to(node, request);
  return reply;
}

}  // namespace cachekit::api
