#include "cachekit/rate_limiter.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "client/api/refuse.h"
#include "client/limits/bucket.h"
#include "client/limits/compare_and_set.h"
#include "client/limits/replies.h"
#include "client/limits/windows.h"

namespace cachekit {
namespace {

using limits::Microseconds;
using limits::Milliseconds;
using limits::Window;
using Answers = Result<std::vector<Value>>;

constexpr Milliseconds longest_window = std::chrono::hours(24 * 365);

/// For so long a call tries to be faster than others. Each time one of them succeeds, so hundreds
/// of callers at a time are served before it ends.
constexpr std::chrono::seconds contention_limit{2};
constexpr std::chrono::microseconds longest_contention_pause{500};

std::string problem_with(const RateLimit& limit) {
  if (limit.permits < 0 || limit.permits > max_permits) {
    return fmt::format("a rate limiter was given {} permits; expected 0 to {}", limit.permits,
                       max_permits);
  }
  if (limit.window < Milliseconds(1) || limit.window > longest_window) {
    return fmt::format("a rate limiter was given a window of {} ms; expected 1 to {}",
                       limit.window.count(), longest_window.count());
  }
  if (limit.algorithm == RateAlgorithm::token_bucket &&
      limit.permits > Microseconds(limit.window).count()) {
    return fmt::format(
        "a token bucket was given {} permits in {} ms; expected one a microsecond at most",
        limit.permits, limit.window.count());
  }
  return {};
}

/// Failures that say nothing about the cluster's health, only about the call.
bool is_mistake(Code code) {
  return code == Code::invalid_argument || code == Code::wrong_type || code == Code::server_error ||
         code == Code::unauthenticated;
}

char kind_of(RateAlgorithm algorithm) {
  switch (algorithm) {
    case RateAlgorithm::fixed_window:
      return 'f';
    case RateAlgorithm::sliding_window:
      return 's';
    case RateAlgorithm::token_bucket:
      break;
  }
  return 'b';
}

std::string key_of(std::string_view key, const RateLimit& limit) {
  return fmt::format("{{limit:{}}}:{}{}", key, kind_of(limit.algorithm), limit.window.count());
}

Microseconds local_time() {
  return std::chrono::duration_cast<Microseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

void pause_at_random() {
  thread_local std::minstd_rand random(std::random_device{}());
  const auto longest = longest_contention_pause.count();
  std::this_thread::sleep_for(
      Microseconds(std::uniform_int_distribution<std::int64_t>(0, longest)(random)));
}

/// INCRBY and the expiry of a counter that has none.
void add_count(std::vector<Request>& requests, const std::string& key, std::int64_t permits,
               Milliseconds ttl) {
  requests.push_back(operations::incr(key, permits).request);
  requests.push_back(operations::expire(key, ttl, ExpireCondition::if_none).request);
}

Status too_slow(const std::string& key) {
  return Status(Code::unavailable, fmt::format("others were faster to change the key '{}' for {} s",
                                               key, contention_limit.count()));
}

}  // namespace

struct RateLimiter::State {
  State(Client& of, RateLimit which)
      : client(of), limit(which), problem(problem_with(limit)), compare_and_set(of) {}

  Result<limits::Verdict> acquire(const std::string& key, std::int64_t permits) const {
    switch (limit.algorithm) {
      case RateAlgorithm::fixed_window:
        return permits == 1 ? count_fixed(key, 1) : look_and_count_fixed(key, permits);
      case RateAlgorithm::sliding_window:
        return until_settled(key, [&] { return count_sliding(key, permits); });
      case RateAlgorithm::token_bucket:
        break;
    }
    return until_settled(key, [&] { return take(key, permits); });
  }

  /// Again while `attempt` answers that others were faster.
  template <class Attempt>
  static Result<limits::Verdict> until_settled(const std::string& key, Attempt attempt) {
    const auto deadline = std::chrono::steady_clock::now() + contention_limit;
    do {
      const Result<std::optional<limits::Verdict>> verdict = attempt();
      if (!verdict) return tl::unexpected(verdict.error());
      if (*verdict) return **verdict;
      pause_at_random();
    } while (std::chrono::steady_clock::now() < deadline);
    return tl::unexpected(too_slow(key));
  }

  Result<limits::Verdict> count_fixed(const std::string& key, std::int64_t permits) const {
    std::vector<Request> requests;
    add_count(requests, key, permits, limit.window);
    requests.push_back(operations::pttl(key).request);
    const Answers answers = client.transaction(key, requests);
    if (!answers) return tl::unexpected(answers.error());
    Result<std::int64_t> before = limits::integer_of((*answers)[0]);
    if (before) *before -= permits;
    Result<limits::Verdict> verdict = judge_fixed(permits, before, (*answers)[2]);
    if (verdict && !verdict->allowed) verdict->remaining = 0;  // for it stays counted
    return verdict;
  }

  /// What does not fit must not be counted, for smaller calls might fit.
  Result<limits::Verdict> look_and_count_fixed(const std::string& key, std::int64_t permits) const {
    const Request look[] = {operations::get(key).request, operations::pttl(key).request};
    const Answers answers = client.transaction(key, look);
    if (!answers) return tl::unexpected(answers.error());
    const Result<std::int64_t> before = limits::count_of((*answers)[0], key);
    const Result<limits::Verdict> verdict = judge_fixed(permits, before, (*answers)[1]);
    return verdict && verdict->allowed ? count_fixed(key, permits) : verdict;
  }

  Result<limits::Verdict> judge_fixed(std::int64_t permits, const Result<std::int64_t>& before,
                                      const Value& left) const {
    if (!before) return tl::unexpected(before.error());
    const Result<std::int64_t> ttl = limits::integer_of(left);
    if (!ttl) return tl::unexpected(ttl.error());
    const Milliseconds until(*ttl < 0 ? limit.window.count() : std::max<std::int64_t>(*ttl, 1));
    return limits::judge_fixed(limit.permits, permits, *before, until);
  }

  /// Nothing if the window was over before the call was counted in it.
  Result<std::optional<limits::Verdict>> count_sliding(const std::string& key,
                                                       std::int64_t permits) const {
    const auto seen = look_at_windows(key);
    if (!seen) return tl::unexpected(seen.error());
    if (!*seen) return std::optional<limits::Verdict>();
    const auto& [window, counts] = **seen;
    limits::Counts with = counts;
    with.permits = permits;
    with.count += permits;
    const limits::Verdict expected = limits::judge_sliding(with, window);
    if (!expected.allowed) return std::optional(expected);

    const std::string current = window_key(key, window.number);
    std::vector<Request> requests{{"TIME"}};
    add_count(requests, current, permits, 2 * limit.window);
    const Answers answers = client.transaction(key, requests);
    if (!answers) return tl::unexpected(answers.error());
    const auto then = limits::time_of((*answers)[0]);
    if (!then) return tl::unexpected(then.error());
    const auto count = limits::integer_of((*answers)[1]);
    if (!count) return tl::unexpected(count.error());
    const Window window_then = note_time(*then);
    with.count = *count;
    const bool over = window_then.number != window.number;
    const limits::Verdict verdict = limits::judge_sliding(with, over ? window : window_then);
    if (over || !verdict.allowed) give_back(key, current, permits);
    return over ? std::optional<limits::Verdict>() : std::optional(verdict);
  }

  /// If this fails, it stays counted until the window ends.
  void give_back(const std::string& key, const std::string& current, std::int64_t permits) const {
    std::vector<Request> requests;
    add_count(requests, current, -permits, 2 * limit.window);
    (void)client.transaction(key, requests);
  }

  struct Windows {
    Window window;
    limits::Counts counts;  // without permits
  };

  /// Nothing if the server's time falls into another window than was thought.
  Result<std::optional<Windows>> look_at_windows(const std::string& key) const {
    const std::int64_t number = likely_window();
    const std::string current = window_key(key, number);
    const std::string previous = window_key(key, number - 1);
    const Request look[] = {
        {"TIME"}, operations::get(current).request, operations::get(previous).request};
    const Answers answers = client.transaction(key, look);
    if (!answers) return tl::unexpected(answers.error());
    const auto time = limits::time_of((*answers)[0]);
    if (!time) return tl::unexpected(time.error());
    const auto count = limits::count_of((*answers)[1], current);
    if (!count) return tl::unexpected(count.error());
    const auto count_before = limits::count_of((*answers)[2], previous);
    if (!count_before) return tl::unexpected(count_before.error());
    const Window window = note_time(*time);
    if (window.number != number) return std::optional<Windows>();
    return std::optional(
        Windows{window, {.limit = limit.permits, .count = *count, .previous = *count_before}});
  }

  Window note_time(Microseconds server) const {
    ahead = (server - local_time()).count();
    return limits::window_at(server, limit.window);
  }

  /// In which the server most likely is.
  std::int64_t likely_window() const {
    return limits::window_at(local_time() + Microseconds(ahead.load()), limit.window).number;
  }

  std::string window_key(const std::string& key, std::int64_t number) const {
    return fmt::format("{}:{}", key, number);
  }

  /// Nothing if the bucket is not as it was any more.
  Result<std::optional<limits::Verdict>> take(const std::string& key, std::int64_t permits) const {
    const Request look[] = {{"TIME"}, operations::get(key).request};
    const Answers answers = client.transaction(key, look);
    if (!answers) return tl::unexpected(answers.error());
    const auto now = limits::time_of((*answers)[0]);
    if (!now) return tl::unexpected(now.error());
    const auto value = limits::text_of((*answers)[1]);
    if (!value) return tl::unexpected(value.error());
    const auto state = *value ? limits::read_bucket_value(**value) : std::nullopt;
    if (*value && !state) {
      return tl::unexpected(Status(
          Code::server_error, fmt::format("the key '{}' of a rate limiter holds no bucket", key)));
    }
    const auto taken = limits::take(permits, limit.permits, limit.window, *now, state);
    if (!taken.verdict.allowed) return std::optional(taken.verdict);
    const std::string next = limits::bucket_value(taken.full_at);
    const Result<bool> done = *value ? compare_and_set.set(key, **value, next, taken.expires)
                                     : compare_and_set.set_new(key, next, taken.expires);
    if (!done) return tl::unexpected(done.error());
    return *done ? std::optional(taken.verdict) : std::nullopt;
  }

  /// All that may hold something.
  std::vector<std::string> keys_of(const std::string& key) const {
    if (limit.algorithm != RateAlgorithm::sliding_window) return {key};
    const std::int64_t number = likely_window();
    return {window_key(key, number), window_key(key, number - 1)};
  }

  Client& client;
  const RateLimit limit;
  const std::string problem;
  const limits::CompareAndSet compare_and_set;
  mutable std::atomic<std::int64_t> ahead{0};  // of the server's clock that answered last, in µs
};

RateLimiter::RateLimiter(Client& client, RateLimit limit)
    : state_(std::make_shared<State>(client, limit)) {}

Result<RateDecision> RateLimiter::acquire(std::string_view key, std::int64_t permits) const {
  const RateLimit& limit = state_->limit;
  if (!state_->problem.empty()) return refuse(state_->problem);
  if (permits < 1 || (permits > limit.permits && limit.permits > 0)) {
    return refuse(fmt::format("{} permits were asked of a rate limiter; expected 1 to {}", permits,
                              limit.permits));
  }
  if (limit.permits == 0) return RateDecision{.retry_after = limit.window};
  const auto verdict = state_->acquire(key_of(key, limit), permits);
  if (verdict) {
    return RateDecision{.allowed = verdict->allowed,
                        .remaining = verdict->remaining,
                        .retry_after = verdict->retry_after,
                        .reset_after = verdict->reset_after};
  }
  if (is_mistake(verdict.error().code())) return tl::unexpected(verdict.error());
  return RateDecision{.allowed = limit.when_unavailable == WhenUnavailable::allow,
                      .undecided = verdict.error()};
}

Result<bool> RateLimiter::reset(std::string_view key) const {
  if (!state_->problem.empty()) return refuse(state_->problem);
  const std::vector<std::string> keys = state_->keys_of(key_of(key, state_->limit));
  const Result<std::int64_t> deleted =
      state_->client.del(std::vector<std::string_view>(keys.begin(), keys.end()));
  if (!deleted) return tl::unexpected(deleted.error());
  return *deleted > 0;
}

}  // namespace cachekit
