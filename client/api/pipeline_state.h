// What stands behind a Pipeline: the requests that were called, and who waits for their results.

#pragma once

#include <functional>
#include <vector>

#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "client/routing/router.h"

namespace cachekit::api {

class PipelineState {
 public:
  using Completion = std::function<Status(Result<Value>)>;

  explicit PipelineState(routing::Router& router) : router_(router) {}

  void add(Request request, Completion completion);
  Status execute();
  std::size_t size() const { return requests_.size(); }

 private:
  routing::Router& router_;
  std::vector<Request> requests_;
  std::vector<Completion> completions_;  // one for each request
};

}  // namespace cachekit::api
