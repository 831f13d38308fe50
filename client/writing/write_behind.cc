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

tl::unexpected<Status> closed_meanwhile() {
  return tl::unexpected(Status(Code::cancelled, "the write-behind has been closed"));
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
  enum class Offered : std::uint8_t { accepted, no_room, closed };
  Offered offer(std::string_view key, const OptionalString& value, std::uint64_t& settlements_out);
  Result<void> await_room(std::uint64_t seen_settlements, SteadyClock::time_point deadline);
  Status write_to_cache(std::string_view key, const OptionalString& value);
  std::optional<OptionalString> pending(std::string_view key);
  Result<void> flush(Milliseconds limit);
  void close();

  void start_threads();
  void run();
  void await_work(std::unique_lock<std::mutex>& lock);
  void settle(const std::vector<Change>& changes, const Result<void>& outcome,
              std::unique_lock<std::mutex>& lock);
  void begin_hurry();
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
  std::uint64_t settlements = 0;  // calls of the source that have ended
  std::uint64_t refused = 0;
  bool closed = false;    // nothing is accepted
  std::mutex closing;     // held until all is over
  bool stopping = false;  // nothing is written
  std::vector<std::thread> threads;
};

Result<CacheWrite> WriteBehind::State::change(std::string_view key, const OptionalString& value) {
  const loading::UnderWay::Call call(under_way);
  if (!problem.empty()) return refuse(problem);
  if (fork_guard.is_in_child()) return refuse("a write-behind does not outlive a fork");
  const auto deadline = SteadyClock::now() + options.wait_for_room;
  while (true) {
    std::uint64_t seen_settlements = 0;
    {
      const std::lock_guard turn(turns[std::hash<std::string_view>()(key) % turns_of_keys]);
      const Offered offered = offer(key, value, seen_settlements);
      if (offered == Offered::accepted) return CacheWrite{write_to_cache(key, value)};
      if (offered == Offered::closed) return closed_meanwhile();
    }
    if (auto waited = await_room(seen_settlements, deadline); !waited) {
      return tl::unexpected(std::move(waited.error()));
    }
  }
}

WriteBehind::State::Offered WriteBehind::State::offer(std::string_view key,
                                                      const OptionalString& value,
                                                      std::uint64_t& settlements_out) {
  const std::lock_guard lock(mutex);
  if (closed) return Offered::closed;
  settlements_out = settlements;
  const auto due_before = queue.next_due();
  if (!queue.offer(key, value, SteadyClock::now())) return Offered::no_room;
  start_threads();
  if (queue.next_due() != due_before) work.notify_one();
  return Offered::accepted;
}

Result<void> WriteBehind::State::await_room(std::uint64_t seen_settlements,
                                            SteadyClock::time_point deadline) {
  std::unique_lock lock(mutex);
  const bool is_worth_a_try =
      room.wait_until(lock, deadline, [&] { return closed || settlements != seen_settlements; });
  if (is_worth_a_try) return {};
  ++refused;
  return tl::unexpected(Status(
      Code::overloaded,
      fmt::format("{} changes, {} bytes, wait for the source", queue.keys(), queue.bytes())));
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
  ++settlements;
  work.notify_all();
  room.notify_all();
  settled.notify_all();
  if (lost.empty()) return;
  lock.unlock();
  tell_loss(lost, outcome.error());
  lock.lock();
}

/// With the lock.
void WriteBehind::State::begin_hurry() {
  if (queue.keys() > 0) start_threads();
  queue.begin_hurry(SteadyClock::now());
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
  const std::uint64_t lost_before = queue.lost();
  begin_hurry();
  settled.wait_for(lock, std::clamp(limit, Milliseconds(0), writing::longest_time),
                   [&] { return closed || !queue.has_left_of(mark); });
  queue.end_hurry();
  const std::size_t left = queue.left_of(mark);
  if (left > 0 && closed) return closed_meanwhile();
  if (left > 0) {
    return tl::unexpected(
        Status(Code::deadline_exceeded,
               fmt::format("{} changes are not in the source yet{}", left,
                           last_failure.ok() ? "" : "; it failed with " + last_failure.text())));
  }
  if (queue.lost() == lost_before) return {};
  return tl::unexpected(
      Status(last_failure.code(), fmt::format("{} changes were given up meanwhile: {}",
                                              queue.lost() - lost_before, last_failure.message())));
}

void WriteBehind::State::close() {
  if (fork_guard.is_in_child()) return;
  const std::lock_guard one_at_a_time(closing);
  std::vector<std::thread> running;
  {
    std::unique_lock lock(mutex);
    if (std::exchange(closed, true)) return;
    begin_hurry();
    room.notify_all();
    settled.notify_all();
    settled.wait_for(lock, options.flush_limit, [&] { return queue.keys() == 0; });
    stopping = true;
    work.notify_all();
    running.swap(threads);
  }
  for (std::thread& thread : running) thread.join();
  under_way.await_none();
  std::unique_lock lock(mutex);
  const std::vector<Change> lost = queue.give_up();
  lock.unlock();
  tell_loss(lost, Status(Code::cancelled, "the write-behind was closed"));
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
  state_->close();
  if (state_->fork_guard.is_in_child()) (void)state_.release();
}

void WriteBehind::close() { state_->close(); }

Result<CacheWrite> WriteBehind::set(std::string_view key, std::string_view value) {
  return state_->change(key, std::string(value));
}

Result<CacheWrite> WriteBehind::del(std::string_view key) {
  return state_->change(key, std::nullopt);
}

Result<OptionalString> WriteBehind::get(std::string_view key) {
  const loading::UnderWay::Call call(state_->under_way);
  if (auto waiting = pending(key)) return *std::move(waiting);
  return state_->client.get(key);
}

std::optional<OptionalString> WriteBehind::pending(std::string_view key) const {
  const loading::UnderWay::Call call(state_->under_way);
  if (state_->fork_guard.is_in_child()) return std::nullopt;
  return state_->pending(key);
}

Result<void> WriteBehind::flush(Milliseconds limit) { return state_->flush(limit); }

WriteBehindStatistics WriteBehind::statistics() const {
  State& state = *state_;
  const loading::UnderWay::Call call(state.under_way);
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
