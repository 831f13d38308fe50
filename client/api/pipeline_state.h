// What stands behind a Pipeline: the requests that were called, and who waits for their results.

#pragma once

#include <functional>
#include <vector>

#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "client/api/client_state.h"

namespace cachekit::api {

class PipelineState {
 public:
  using Completion = std::function<Status(Result<Value>)>;

  explicit PipelineState(ClientState& client) : client_(client) {}

  void add(Request request, Completion completion);
  Status execute();
  std::size_t size() const { return requests_.size(); }

 private:
  ClientState& client_;
  std::vector<Request> requests_;
  std::vector<Completion> completions_;  // one for each request
};

}  // namespace cachekit::api
