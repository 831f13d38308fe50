#include "client/caching/near_answers.h"

#include <optional>
#include <utility>

#include "client/routing/key_set.h"
#include "client/routing/route.h"

namespace cachekit::caching {
namespace {

/// What the requests write; nothing if that cannot be known.
std::optional<routing::KeySet> written_by(std::span<const Request> requests) {
  routing::KeySet written;
  for (const Request& request : requests) {
    const Result<routing::Route> route = routing::route_to_node(request);
    if (!route) continue;
    if (route->spec == nullptr) return std::nullopt;
    if (route->writes) written.add(request, *route);
  }
  return written;
}

bool reads_any_of(const routing::KeySet& written, const Request& request) {
  if (written.empty()) return false;
  const Result<routing::Route> route = routing::route_to_node(request);
  return route && written.conflicts_with(request, *route);
}

}  // namespace

NearAnswers::NearAnswers(NearCache& near_cache, std::vector<Request> requests) {
  answers_.reserve(requests.size());
  rest_.reserve(requests.size());
  const std::optional<routing::KeySet> written = written_by(requests);
  for (Request& request : requests) {
    NearAnswer& answer = answers_.emplace_back();
    if (written && !reads_any_of(*written, request)) {
      answer = NearAnswer::look(near_cache, request);
    }
    if (answer.is_whole()) continue;
    if (answer.is_part()) {
      rest_.push_back(answer.rest());
    } else {
      rest_.push_back(std::move(request));
    }
  }
}

std::vector<Result<Value>> NearAnswers::complete(std::vector<Result<Value>> replies) {
  std::vector<Result<Value>> all;
  all.reserve(answers_.size());
  auto reply = replies.begin();
  for (NearAnswer& answer : answers_) {
    all.push_back(answer.is_whole() ? answer.take() : answer.complete(std::move(*reply++)));
  }
  return all;
}

}  // namespace cachekit::caching
