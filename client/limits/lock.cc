#include "cachekit/lock.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "client/api/refuse.h"
#include "client/limits/compare_and_set.h"
#include "client/limits/lock_terms.h"
#include "client/limits/replies.h"

namespace cachekit {
namespace {

using limits::Milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr Milliseconds shortest_ttl{10};
constexpr Milliseconds longest_ttl = std::chrono::hours(24 * 365);

/// The counter is kept for so long after its last use, besides the lock's own time.
constexpr Milliseconds counter_slack = std::chrono::hours(24);

/// Longer than that is for ever, and more than a clock can count may be asked for.
constexpr Milliseconds longest_waiting_time = longest_ttl;

/// The longest pause before a lock that is held is looked at again.
constexpr Milliseconds longest_pause{50};

std::string problem_with_ttl(Milliseconds ttl) {
  if (ttl >= shortest_ttl && ttl <= longest_ttl) return {};
  return fmt::format("a lock was given a time to live of {} ms; expected {} to {}", ttl.count(),
                     shortest_ttl.count(), longest_ttl.count());
}

std::string problem_with(const LockOptions& options) {
  if (!options.advisory && options.write_replicas < 1) {
    return fmt::format(
        "a lock was given a write concern of {} replicas; expected at least 1, or `advisory`",
        options.write_replicas);
  }
  return problem_with_ttl(options.ttl);
}

std::string microseconds_since_epoch() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace

struct Lock::State {
  State(Client& of, std::string_view name, const LockOptions& with)
      : client(of),
        key(fmt::format("{{lock:{}}}", name)),
        counter_key(key + ":fence"),
        options(with),
        problem(problem_with(with)),
        compare_and_set(of) {}

  std::optional<int> write_replicas() const {
    return options.advisory ? std::nullopt : std::optional(options.write_replicas);
  }

  /// The lock, if it is free, and the counter's next number, whether it is or not: all in one, so
  /// that fences grow in the order in which locks are given away.
  std::vector<Request> requests(std::string_view token) const {
    const Milliseconds kept = options.ttl + counter_slack;
    std::vector<Request> requests{{"SET", key, token, "NX", "PX"},
                                  {"SET", counter_key, microseconds_since_epoch(), "NX", "PX"},
                                  {"INCR", counter_key},
                                  {"PEXPIRE", counter_key}};
    requests[0].add(options.ttl.count());
    requests[1].add(kept.count());
    requests[3].add(kept.count());
    if (asks_epoch) requests.push_back({"CACHEKIT.MANDATE"});
    return requests;
  }

  /// In the node's own words, for a client may learn late that there is another primary. Nodes
  /// without agents have none, and their topology never changes.
  std::uint64_t epoch_of(const std::vector<Value>& answers) const {
    const auto* const line =
        answers.size() > 4 ? answers[4].get_if<Value::SimpleString>() : nullptr;
    if (const auto epoch = limits::epoch_in(line != nullptr ? line->text : "")) return *epoch;
    const std::string shard = client.locate(key).shard;
    for (const Shard& one : client.topology().shards) {
      if (one.name == shard) return one.epoch;
    }
    return 0;
  }

  Result<std::vector<Value>> send(std::string_view token) const {
    const TransactionOptions concern{.write_replicas = write_replicas()};
    auto answers = client.transaction(key, requests(token), concern);
    if (answers || !asks_epoch || !limits::is_unknown_command(answers.error())) return answers;
    asks_epoch = false;  // stock Redis, which has executed nothing
    return client.transaction(key, requests(token), concern);
  }

  /// What was, or may have been, set must not stay.
  Status give_back(std::string_view token, const Status& why) const {
    const Result<bool> gone = compare_and_set.del(key, token);
    if (gone) return why;
    return Status(why.code(),
                  fmt::format("{}; and the lock was not given back, so it may stay for "
                              "{} ms: {}",
                              why.message(), options.ttl.count(), gone.error().message()));
  }

  Client& client;
  const std::string key;
  const std::string counter_key;
  const LockOptions options;
  const std::string problem;
  const limits::CompareAndSet compare_and_set;
  mutable std::atomic<bool> asks_epoch = true;
};

struct HeldLock::State {
  std::shared_ptr<const Lock::State> lock;
  std::string token;
  Fence fence;
  std::atomic<SteadyClock::time_point> valid_until;
  bool released = false;
};

HeldLock::HeldLock(std::unique_ptr<State> state) : state_(std::move(state)) {}
HeldLock::HeldLock(HeldLock&&) noexcept = default;

HeldLock& HeldLock::operator=(HeldLock&& other) noexcept {
  HeldLock moved(std::move(other));
  std::swap(state_, moved.state_);
  return *this;
}

// If that fails the lock expires by itself.
HeldLock::~HeldLock() {
  if (state_ && !state_->released) (void)release();
}

const Fence& HeldLock::fence() const { return state_->fence; }

Milliseconds HeldLock::remaining() const {
  const auto left = state_->valid_until.load() - SteadyClock::now();
  return std::max(std::chrono::floor<Milliseconds>(left), Milliseconds(0));
}

Result<bool> HeldLock::extend() { return extend(state_->lock->options.ttl); }

Result<bool> HeldLock::extend(Milliseconds ttl) {
  const Lock::State& lock = *state_->lock;
  if (std::string problem = problem_with_ttl(ttl); !problem.empty()) {
    return refuse(std::move(problem));
  }
  if (state_->released) return false;
  const auto until = SteadyClock::now() + limits::certain_part_of(ttl);
  const Result<bool> extended =
      lock.compare_and_set.set(lock.key, state_->token, state_->token, ttl, lock.write_replicas());
  // A failure may have made it shorter, and has not made it longer for sure.
  if (!extended) state_->valid_until = std::min(state_->valid_until.load(), until);
  if (extended) state_->valid_until = *extended ? until : SteadyClock::time_point();
  return extended;
}

Result<bool> HeldLock::release() {
  if (state_->released) return false;
  state_->valid_until = SteadyClock::time_point();
  Result<bool> released = state_->lock->compare_and_set.del(state_->lock->key, state_->token);
  state_->released = released.has_value();
  return released;
}

Lock::Lock(Client& client, std::string_view key, LockOptions options)
    : state_(std::make_shared<State>(client, key, options)) {}

Result<std::optional<HeldLock>> Lock::try_acquire() const {
  if (!state_->problem.empty()) return refuse(state_->problem);
  const std::string token = limits::random_token();
  const auto until = SteadyClock::now() + limits::certain_part_of(state_->options.ttl);
  const auto answers = state_->send(token);
  if (!answers) {
    const Code code = answers.error().code();
    const bool may_be_held = code == Code::outcome_unknown || code == Code::concern_not_met;
    return tl::unexpected(may_be_held ? state_->give_back(token, answers.error())
                                      : answers.error());
  }
  if ((*answers)[0].is_nil()) return std::optional<HeldLock>();
  const Result<std::int64_t> counter = limits::integer_of((*answers)[2]);
  if ((*answers)[0].get_if<Value::SimpleString>() == nullptr || !counter) {
    const auto why = limits::integer_of((*answers)[counter ? 0 : 2]);
    return tl::unexpected(state_->give_back(token, why.error()));
  }
  if (SteadyClock::now() >= until) {
    return tl::unexpected(state_->give_back(
        token, Status(Code::deadline_exceeded, "the lock had expired before it was known")));
  }
  auto held = std::make_unique<HeldLock::State>();
  held->lock = state_;
  held->token = token;
  held->fence = {.epoch = state_->epoch_of(*answers),
                 .counter = static_cast<std::uint64_t>(*counter)};
  held->valid_until = until;
  return std::optional(HeldLock(std::move(held)));
}

Result<std::optional<HeldLock>> Lock::acquire(Milliseconds wait) const {
  const auto deadline = SteadyClock::now() + std::min(wait, longest_waiting_time);
  thread_local std::minstd_rand random(std::random_device{}());
  while (true) {
    Result<std::optional<HeldLock>> held = try_acquire();
    if (!held || *held) return held;
    // Looking costs a node less than trying, of which its replicas would learn.
    while (true) {
      const auto left = std::chrono::floor<Milliseconds>(deadline - SteadyClock::now());
      if (left <= Milliseconds(0)) return held;
      const Milliseconds pause(
          std::uniform_int_distribution<std::int64_t>(1, longest_pause.count())(random));
      std::this_thread::sleep_for(std::min(left, pause));
      const Result<std::int64_t> ttl = state_->client.pttl(state_->key);
      if (!ttl) return tl::unexpected(ttl.error());
      if (*ttl == ttl_no_key) break;
    }
  }
}

}  // namespace cachekit
