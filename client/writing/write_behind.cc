#include "cachekit/write_behind.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include "client/api/fork_guard.h"
#include "client/api/refuse.h"
#include "client/loading/source_call.h"
#include "client/loading/under_way.h"
#include "client/writing/change_queue.h"
#include "client/writing/options.h"

namespace cachekit {
namespace {

using Milliseconds = std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;
using writing::ChangeQueue;

tl::unexpected<Status> cancelled() {
  return tl::unexpected(Status(Code::cancelled, "the write-behind was destroyed meanwhile"));
}

/// Keys share them, so that the cache gets the changes of a key in the order of the queue.
constexpr std::size_t turns_of_keys = 64;

}  // namespace

struct WriteBehind::State {
  State(Client& of, Store to, WriteBehindOptions with)
      : client(of),
        store(std::move(to)),
        options(std::move(with)),
        problem(store ? writing::problem_with(options)
                      : "a write-behind was given no function to write with"),
        queue(options, std::random_device{}()) {}

  Result<CacheWrite> change(std::string_view key, const OptionalString& value);
  Result<void> accept(std::string_view key, const OptionalString& value);
  Status write_to_cache(std::string_view key, const OptionalString& value);
  std::optional<OptionalString> pending(std::string_view key);
  Result<void> flush(Milliseconds limit);
  void close();

  void start_threads();
  void run();
  void await_work(std::unique_lock<std::mutex>& lock);
  void settle(const std::vector<Change>& changes, const Result<void>& outcome,
              std::unique_lock<std::mutex>& lock);
  void hurry();
  void tell_loss(const std::vector<Change>& lost, const Status& why);

  Client& client;
  const Store store;
  const WriteBehindOptions options;
  const std::string problem;
  const api::ForkGuard fork_guard;
  loading::UnderWay under_way;
  std::array<std::mutex, turns_of_keys> turns;
  std::atomic<std::uint64_t> cache_failures{0};

  std::mutex mutex;  // of all that follows
  std::condition_variable work;
  std::condition_variable room;
  std::condition_variable settled;
  ChangeQueue queue;
  Status last_failure;
  std::uint64_t calls = 0;
  std::uint64_t failed_calls = 0;
  std::uint64_t refused = 0;
  std::size_t flushing = 0;  // nothing new is held back meanwhile
  bool closed = false;       // nothing is accepted
  bool stopping = false;     // nothing is written
  std::vector<std::thread> threads;
};

Result<CacheWrite> WriteBehind::State::change(std::string_view key, const OptionalString& value) {
  const loading::UnderWay::Call call(under_way);
  if (!problem.empty()) return refuse(problem);
  if (fork_guard.is_in_child()) return refuse("a write-behind does not outlive a fork");
  const std::lock_guard turn(turns[std::hash<std::string_view>()(key) % turns_of_keys]);
  if (auto accepted = accept(key, value); !accepted) return tl::unexpected(accepted.error());
  return CacheWrite{write_to_cache(key, value)};
}

Result<void> WriteBehind::State::accept(std::string_view key, const OptionalString& value) {
  std::unique_lock lock(mutex);
  const auto due_before = queue.next_due();
  const auto finds_room = [&] { return closed || queue.offer(key, value, SteadyClock::now()); };
  const bool found = room.wait_for(lock, options.wait_for_room, finds_room);
  if (closed) return cancelled();
  if (!found) {
    ++refused;
    return tl::unexpected(Status(
        Code::overloaded,
        fmt::format("{} changes, {} bytes, wait for the source", queue.keys(), queue.bytes())));
  }
  if (flushing > 0) queue.hurry(SteadyClock::now());
  start_threads();
  if (queue.next_due() != due_before) work.notify_one();
  return {};
}

Status WriteBehind::State::write_to_cache(std::string_view key, const OptionalString& value) {
  Status failure;
  if (value) {
    if (auto set = client.set(key, *value, options.ttl); !set) failure = std::move(set.error());
  } else {
    if (auto deleted = client.del(key); !deleted) failure = std::move(deleted.error());
  }
  if (!failure.ok()) cache_failures.fetch_add(1, std::memory_order_relaxed);
  return failure;
}

std::optional<OptionalString> WriteBehind::State::pending(std::string_view key) {
  const std::lock_guard lock(mutex);
  const OptionalString* const found = queue.find(key);
  if (found == nullptr) return std::nullopt;
  return std::optional<OptionalString>(std::in_place, *found);
}

/// With the lock. Fewer threads than wanted will do; with none, changes wait until one can start.
void WriteBehind::State::start_threads() {
  while (threads.size() < options.threads) {
    try {
      threads.emplace_back([this] { run(); });
    } catch (const std::system_error&) {
      return;
    }
  }
}

void WriteBehind::State::run() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    const std::vector<Change> changes = queue.take(SteadyClock::now());
    if (changes.empty()) {
      await_work(lock);
      continue;
    }
    ++calls;
    work.notify_one();  // there may be more for another thread
    lock.unlock();
    const Result<void> outcome = loading::call_source([&] { return store(changes); });
    lock.lock();
    settle(changes, outcome, lock);
  }
}

void WriteBehind::State::await_work(std::unique_lock<std::mutex>& lock) {
  if (const auto due = queue.next_due()) {
    work.wait_until(lock, *due);
  } else {
    work.wait(lock);
  }
}

void WriteBehind::State::settle(const std::vector<Change>& changes, const Result<void>& outcome,
                                std::unique_lock<std::mutex>& lock) {
  std::vector<Change> lost;
  if (outcome) {
    queue.settle(changes);
  } else {
    ++failed_calls;
    last_failure = outcome.error();
    lost = queue.retry(changes, SteadyClock::now());
  }
  if (flushing > 0) hurry();
  room.notify_all();
  settled.notify_all();
  if (lost.empty()) return;
  lock.unlock();
  tell_loss(lost, outcome.error());
  lock.lock();
}

/// With the lock.
void WriteBehind::State::hurry() {
  queue.hurry(SteadyClock::now());
  work.notify_all();
}

/// Not with the lock.
void WriteBehind::State::tell_loss(const std::vector<Change>& lost, const Status& why) {
  if (!options.on_loss || lost.empty()) return;
  try {
    options.on_loss(lost, why);
  } catch (...) {
    // There is nobody else to tell.
  }
}

Result<void> WriteBehind::State::flush(Milliseconds limit) {
  const loading::UnderWay::Call call(under_way);
  if (!problem.empty()) return refuse(problem);
  if (fork_guard.is_in_child()) return refuse("a write-behind does not outlive a fork");
  std::unique_lock lock(mutex);
  const std::uint64_t mark = queue.accepted();
  ++flushing;
  hurry();
  settled.wait_for(lock, std::clamp(limit, Milliseconds(0), writing::longest_time),
                   [&] { return closed || queue.left_of(mark) == 0; });
  --flushing;
  const std::size_t left = queue.left_of(mark);
  if (left == 0) return {};
  if (closed) return cancelled();
  return tl::unexpected(Status(
      Code::deadline_exceeded,
      fmt::format("{} changes are not in the source yet{}", left,
                  last_failure.ok() ? std::string()
                                    : fmt::format("; it failed with {}", last_failure.text()))));
}

void WriteBehind::State::close() {
  std::vector<std::thread> running;
  {
    std::unique_lock lock(mutex);
    closed = true;
    ++flushing;
    hurry();
    room.notify_all();
    settled.notify_all();
    settled.wait_for(lock, options.flush_limit, [&] { return queue.keys() == 0; });
    stopping = true;
    work.notify_all();
    running.swap(threads);
  }
  for (std::thread& thread : running) thread.join();
  tell_loss(queue.give_up(), Status(Code::cancelled, "the write-behind was destroyed"));
  under_way.await_none();
}

WriteBehind::WriteBehind(Client& client, Store store, WriteBehindOptions options)
    : state_(std::make_unique<State>(client, std::move(store), std::move(options))) {}
WriteBehind::WriteBehind(WriteBehind&&) noexcept = default;

WriteBehind& WriteBehind::operator=(WriteBehind&& other) noexcept {
  WriteBehind moved(std::move(other));
  std::swap(state_, moved.state_);
  return *this;
}

// In a forked child its threads are not there to end, and its locks may be held for ever.
WriteBehind::~WriteBehind() {
  if (!state_) return;
  if (state_->fork_guard.is_in_child()) {
    (void)state_.release();
  } else {
    state_->close();
  }
}

Result<CacheWrite> WriteBehind::set(std::string_view key, std::string_view value) {
  return state_->change(key, std::string(value));
}

Result<CacheWrite> WriteBehind::del(std::string_view key) {
  return state_->change(key, std::nullopt);
}

Result<OptionalString> WriteBehind::get(std::string_view key) {
  if (auto waiting = pending(key)) return *std::move(waiting);
  return state_->client.get(key);
}

std::optional<OptionalString> WriteBehind::pending(std::string_view key) const {
  if (state_->fork_guard.is_in_child()) return std::nullopt;
  return state_->pending(key);
}

Result<void> WriteBehind::flush(Milliseconds limit) { return state_->flush(limit); }

WriteBehindStatistics WriteBehind::statistics() const {
  State& state = *state_;
  if (state.fork_guard.is_in_child()) return {};
  const std::lock_guard lock(state.mutex);
  const ChangeQueue& queue = state.queue;
  return {.changes = queue.accepted(),
          .coalesced = queue.coalesced(),
          .written = queue.written(),
          .lost = queue.lost(),
          .calls = state.calls,
          .failed_calls = state.failed_calls,
          .refused = state.refused,
          .cache_failures = state.cache_failures.load(),
          .waiting_keys = queue.keys(),
          .waiting_bytes = queue.bytes()};
}

}  // namespace cachekit
