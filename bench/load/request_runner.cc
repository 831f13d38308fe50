#include "bench/load/request_runner.h"

#include <fmt/format.h>

#include <variant>

namespace cachekit::bench {
namespace {

using GetResult = Result<std::optional<std::string>>;
using PendingAnswer = std::variant<Pending<std::optional<std::string>>, Pending<bool>>;

constexpr auto relaxed = std::memory_order_relaxed;

}  // namespace

std::span<const Outcome> RequestRunner::run(std::span<const PlannedRequest> requests,
                                            Clock::time_point due) {
  outcomes_.clear();
  if (requests.size() == 1) {
    run_one(requests.front(), due);
  } else {
    run_pipeline(requests, due);
  }
  return outcomes_;
}

void RequestRunner::run_one(const PlannedRequest& request, Clock::time_point due) {
  if (request.is_get) {
    const GetResult answer = client_.get(request.key);
    const Clock::duration latency = Clock::now() - due;
    record(request, judge_get(request, answer), latency);
  } else {
    const std::string_view value = values_.make(request.key, request.value_size_bytes);
    const Result<bool> answer = client_.set(request.key, value, set_options());
    const Clock::duration latency = Clock::now() - due;
    record(request, judge_set(answer), latency);
  }
}

void RequestRunner::run_pipeline(std::span<const PlannedRequest> requests, Clock::time_point due) {
  Pipeline pipeline = client_.pipeline();
  std::vector<PendingAnswer> answers;
  answers.reserve(requests.size());
  for (const PlannedRequest& request : requests) {
    if (request.is_get) {
      answers.emplace_back(pipeline.get(request.key));
    } else {
      const std::string_view value = values_.make(request.key, request.value_size_bytes);
      answers.emplace_back(pipeline.set(request.key, value, set_options()));
    }
  }
  // Each failure is counted below, from its own answer.
  (void)pipeline.execute();
  const Clock::duration latency = Clock::now() - due;
  for (std::size_t index = 0; index < requests.size(); ++index) {
    const PlannedRequest& request = requests[index];
    const Outcome outcome = request.is_get
                                ? judge_get(request, std::get<0>(answers[index]).result())
                                : judge_set(std::get<1>(answers[index]).result());
    record(request, outcome, latency);
  }
}

Outcome RequestRunner::judge_get(const PlannedRequest& request, const GetResult& answer) {
  if (!answer) return fail(name_of(answer.error().code()), answer.error().text());
  if (!*answer) return Outcome::miss;
  const std::string& value = **answer;
  const bool right_size = !request.size_is_known || value.size() == request.value_size_bytes;
  if (right_size && ValueMaker::belongs(request.key, value)) return Outcome::hit;
  return fail("wrong_value", fmt::format("GET {} answered {} bytes that belong to no such key",
                                         request.key, value.size()));
}

Outcome RequestRunner::judge_set(const Result<bool>& answer) {
  if (!answer) return fail(name_of(answer.error().code()), answer.error().text());
  if (!*answer) return fail("not_written", "a SET without a condition was not executed");
  return Outcome::written;
}

Outcome RequestRunner::fail(std::string_view name, const std::string& sentence) {
  ++measurements_.errors[std::string(name)];
  if (measurements_.first_error.empty()) measurements_.first_error = sentence;
  return Outcome::failed;
}

void RequestRunner::record(const PlannedRequest& request, Outcome outcome,
                           Clock::duration latency) {
  (request.is_get ? measurements_.get_latency : measurements_.set_latency).record(latency);
  live_.operations.fetch_add(1, relaxed);
  if (outcome == Outcome::hit) {
    ++measurements_.hits;
    live_.hits.fetch_add(1, relaxed);
  } else if (outcome == Outcome::miss) {
    ++measurements_.misses;
    live_.misses.fetch_add(1, relaxed);
  } else if (outcome == Outcome::failed) {
    live_.errors.fetch_add(1, relaxed);
  }
  outcomes_.push_back(outcome);
}

SetOptions RequestRunner::set_options() const {
  SetOptions options;
  options.ttl = ttl_;
  return options;
}

}  // namespace cachekit::bench
