#include "client/caching/near_answers.h"

#include <utility>

namespace cachekit::caching {

NearAnswers::NearAnswers(NearCache& near_cache, std::vector<Request> requests) {
  answers_.reserve(requests.size());
  rest_.reserve(requests.size());
  for (Request& request : requests) {
    NearAnswer& answer = answers_.emplace_back(NearAnswer::look(near_cache, request));
    if (answer.is_whole()) continue;
    rest_.push_back(answer.is_part() ? answer.rest() : std::move(request));
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
