#include "cachekit/pipeline.h"

#include <utility>

#include "client/api/pipeline_state.h"

namespace cachekit {
namespace api {

void PipelineState::add(Request request, Completion completion) {
  requests_.push_back(std::move(request));
  completions_.push_back(std::move(completion));
}

Status PipelineState::execute() {
  const std::vector<Completion> completions = std::exchange(completions_, {});
  std::vector<Result<Value>> results = client_.call(std::exchange(requests_, {}));
  Status first_failure;
  for (std::size_t i = 0; i < results.size(); ++i) {
    Status status = completions[i](std::move(results[i]));
    if (first_failure.ok() && !status.ok()) first_failure = std::move(status);
  }
  return first_failure;
}

}  // namespace api

Pipeline::Pipeline(std::unique_ptr<api::PipelineState> state) : state_(std::move(state)) {}
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;
Pipeline::~Pipeline() = default;

Status Pipeline::execute() { return state_->execute(); }

std::size_t Pipeline::size() const { return state_->size(); }

void Pipeline::add(Request request, Completion completion) {
  state_->add(std::move(request), std::move(completion));
}

}  // namespace cachekit
