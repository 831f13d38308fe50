#include "cachekit/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "client/api/fork_guard.h"
#include "client/limits/compare_and_set.h"
#include "client/limits/replies.h"
#include "client/loading/fill.h"
#include "client/loading/flights.h"
#include "client/loading/source_call.h"
#include "client/loading/under_way.h"
#include "client/loading/write_through.h"
#include "client/threads/key_workers.h"

namespace cachekit {
namespace {

using loading::Entry;
using loading::Fill;
using loading::Kind;
using loading::Milliseconds;
using loading::Verdict;
using loading::WriteThrough;
using SteadyClock = std::chrono::steady_clock;
using Counter = std::atomic<std::uint64_t>;

tl::unexpected<Status> failure(Code code, std::string sentence) {
  return tl::unexpected(Status(code, std::move(sentence)));
}

tl::unexpected<Status> cancelled() {
  return failure(Code::cancelled, "the loader has been closed");
}

loading::Time unix_time() {
  return std::chrono::duration_cast<Milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

/// Above 0, at most 1.
double uniform() {
  thread_local std::minstd_rand random(std::random_device{}());
  return 1 - std::uniform_real_distribution<double>(0, 1)(random);
}

constexpr Milliseconds longest_wait_for_a_load = std::chrono::hours(24 * 365);

void count(Counter& counter) { counter.fetch_add(1, std::memory_order_relaxed); }

/// What was read of a key, and how that was judged.
struct Reading {
  Result<OptionalString> bytes;
  Verdict verdict = Verdict::fill;

  Entry entry() const { return bytes && *bytes ? loading::read_entry(**bytes) : Entry(); }
  bool is_served() const { return loading::is_served(verdict); }

  /// What it says, served as it is.
  Loaded loaded(Status problem = {}) {
    const Entry found = entry();
    const bool is_stale = verdict >= Verdict::revalidate;
    Loaded answer{.source = is_stale ? LoadSource::stale : LoadSource::cache,
                  .problem = std::move(problem)};
    if (found.kind == Kind::absent) return answer;
    if (found.kind == Kind::value) (**bytes).erase(0, loading::entry_header_bytes);
    answer.value = *std::move(bytes);
    return answer;
  }
};

}  // namespace

struct Loader::State {
  State(Client& of, const LoaderOptions& with)
      : client(of),
        options(with),
        problem(loading::problem_with(with)),
        compare_and_set(of),
        refresher(with.refresh_threads, with.refresh_queue) {}

  void close() {
    if (fork_guard.is_in_child()) return;
    const std::lock_guard one_at_a_time(closing);
    flights.close();
    refresher.stop();
    under_way.await_none();
  }

  Reading read(std::string_view key, bool at_node) {
    Reading reading{at_node ? client.run(operations::get(key)) : client.get(key)};
    reading.verdict = reading.bytes
                          ? loading::judge(reading.entry(), options, unix_time(), uniform())
                          : Verdict::fill;
    return reading;
  }

  Result<Loaded> get_or_load(std::string_view key, const Load& load,
                             SteadyClock::time_point deadline);
  Loaded serve(Reading& reading);
  Result<Loaded> outcome_of(const Fill::End& end, bool is_shared, Reading& reading);
  Result<Loaded> give_up(const Status& why, Reading& reading);

  bool refreshes_in_background(std::string_view key, const Load& load, const Reading& reading);
  std::optional<Fill::End> lead(std::string_view key, const Load& load, const Reading& reading,
                                SteadyClock::time_point deadline);
  void act(Fill& fill, std::string_view key, const Load& load);
  void load(Fill& fill, std::string_view key, const Load& load);

  Result<WrittenThrough> write_through(std::string_view key, const OptionalString& value,
                                       const Store& store);
  Result<bool> change(std::string_view key, const WriteThrough::Action& action);
  std::string problem_with_call(bool has_function) const;

  Client& client;
  const LoaderOptions options;
  const std::string problem;
  const limits::CompareAndSet compare_and_set;
  const api::ForkGuard fork_guard;

  struct {
    Counter hits{0};
    Counter stale_hits{0};
    Counter loads{0};
    Counter failed_loads{0};
    Counter shared_loads{0};
    Counter not_kept{0};
    Counter without_cache{0};
    Counter refreshes{0};
    Counter dropped_refreshes{0};
    Counter writes{0};
    Counter failed_writes{0};
    Counter unkept_writes{0};
  } counters;

  std::mutex closing;  // held until all is over
  loading::UnderWay under_way;
  loading::Flights flights;
  threads::KeyWorkers refresher;
};

Result<Loaded> Loader::State::get_or_load(std::string_view key, const Load& load,
                                          SteadyClock::time_point deadline) {
  for (bool at_node = false;; at_node = true) {
    Reading reading = read(key, at_node);
    if (!reading.bytes && loading::is_mistake(reading.bytes.error())) {
      return tl::unexpected(reading.bytes.error());
    }
    if (reading.verdict == Verdict::serve || refreshes_in_background(key, load, reading)) {
      return serve(reading);
    }
    const auto [flight, leads] = flights.join(key);
    if (!leads && reading.is_served()) return serve(reading);
    if (!leads && flight->leader == std::this_thread::get_id()) {
      return failure(Code::invalid_argument,
                     fmt::format("the load of '{}' asks for that key itself", key));
    }
    std::optional<Fill::End> end;
    if (leads) {
      loading::Landing landing(flights, key, *flight);
      end = landing.end = lead(key, load, reading, deadline);
    } else if (flights.wait(*flight, deadline) == loading::Flights::Wait::landed) {
      end = flight->end;
    }
    if (end && end->kind != Fill::End::Kind::elsewhere) return outcome_of(*end, !leads, reading);
    if (end && reading.is_served()) return serve(reading);
    if (flights.is_closed()) return cancelled();
    if (SteadyClock::now() >= deadline) {
      return give_up(Status(Code::deadline_exceeded,
                            fmt::format("'{}' was still being loaded by others", key)),
                     reading);
    }
  }
}

Loaded Loader::State::serve(Reading& reading) {
  count(reading.verdict == Verdict::revalidate ? counters.stale_hits : counters.hits);
  return reading.loaded();
}

Result<Loaded> Loader::State::outcome_of(const Fill::End& end, bool is_shared, Reading& reading) {
  if (is_shared) count(counters.shared_loads);
  if (end.kind == Fill::End::Kind::failed) return tl::unexpected(end.outcome.error());
  if (!end.outcome) return give_up(end.outcome.error(), reading);
  const bool is_found = end.kind == Fill::End::Kind::found;
  return Loaded{.value = *end.outcome,
                .source = is_found         ? LoadSource::cache
                          : end.with_cache ? LoadSource::loaded
                                           : LoadSource::loaded_without_cache,
                .is_shared = is_shared,
                .problem = end.problem};
}

/// With what there is, if it may be served now.
Result<Loaded> Loader::State::give_up(const Status& why, Reading& reading) {
  if (reading.is_served()) return reading.loaded(why);
  if (!loading::is_better_than_failure(reading.entry(), options, unix_time())) {
    return tl::unexpected(why);
  }
  count(counters.stale_hits);
  return reading.loaded(why);
}

/// True if it is served at once, whatever becomes of the refresh.
bool Loader::State::refreshes_in_background(std::string_view key, const Load& load,
                                            const Reading& reading) {
  if (!reading.is_served() || !refresher.has_threads()) return false;
  const bool is_queued = refresher.offer(
      key, [this, key = std::string(key), load, bytes = reading.bytes, verdict = reading.verdict] {
        const auto [flight, leads] = flights.join(key);
        if (!leads) return;
        loading::Landing landing(flights, key, *flight);
        landing.end = lead(key, load, {.bytes = bytes, .verdict = verdict},
                           SteadyClock::now() + options.wait);
      });
  if (!is_queued) count(counters.dropped_refreshes);
  return true;
}

/// Nothing if it took too long until it was this call's turn to load, or the loader is closed.
std::optional<Fill::End> Loader::State::lead(std::string_view key, const Load& load,
                                             const Reading& reading,
                                             SteadyClock::time_point deadline) {
  Fill fill(options, limits::random_token(), std::random_device{}(),
            {.bytes = reading.bytes, .verdict = reading.verdict}, unix_time());
  bool gave_up = false;
  while (fill.action().kind != Fill::Action::Kind::end) {
    if (fill.action().kind != Fill::Action::Kind::pause) {
      act(fill, key, load);
      continue;
    }
    const auto left = std::chrono::ceil<Milliseconds>(deadline - SteadyClock::now());
    gave_up = left.count() <= 0 || !flights.pause(std::min(fill.action().time, left));
    gave_up ? fill.give_up() : fill.paused();
  }
  if (gave_up) return std::nullopt;
  const Fill::End& end = fill.end();
  if (end.kind == Fill::End::Kind::loaded) {
    if (reading.is_served()) count(counters.refreshes);
    if (!end.with_cache) count(counters.without_cache);
    if (end.was_overtaken) count(counters.not_kept);
  }
  return std::move(fill.end());
}

void Loader::State::act(Fill& fill, std::string_view key, const Load& load_function) {
  using Action = Fill::Action;
  const Action& action = fill.action();
  const std::string other = action.on_refresh_key ? loading::refresh_key_of(key) : std::string();
  const std::string_view target = action.on_refresh_key ? other : key;
  const auto concern = action.is_lease ? std::optional(0) : std::nullopt;
  switch (action.kind) {
    case Action::Kind::get:
      return fill.looked(client.run(operations::get(target)), unix_time());
    case Action::Kind::set_new:
      return fill.answered(compare_and_set.set_new(target, action.value, action.time, concern));
    case Action::Kind::set_if_equal:
      return fill.answered(
          compare_and_set.set(target, action.expected, action.value, action.time, concern));
    case Action::Kind::set:
      return fill.answered(client.set(target, action.value, action.time));
    case Action::Kind::delete_if_equal:
      return fill.answered(compare_and_set.del(target, action.expected));
    case Action::Kind::load:
      return load(fill, key, load_function);
    case Action::Kind::pause:
    case Action::Kind::end:
      return;
  }
}

void Loader::State::load(Fill& fill, std::string_view key, const Load& load_function) {
  count(counters.loads);
  const auto began = SteadyClock::now();
  auto outcome = loading::call_source([&] { return load_function(key); });
  if (!outcome) count(counters.failed_loads);
  fill.loaded(std::move(outcome),
              std::chrono::duration_cast<loading::Microseconds>(SteadyClock::now() - began),
              unix_time());
}

Result<WrittenThrough> Loader::State::write_through(std::string_view key,
                                                    const OptionalString& value,
                                                    const Store& store) {
  WriteThrough write(options, value, limits::random_token(), std::random_device{}(), unix_time());
  while (write.action().kind != WriteThrough::Action::Kind::end) {
    if (write.action().kind != WriteThrough::Action::Kind::store) {
      write.answered(change(key, write.action()));
      continue;
    }
    count(counters.writes);
    const auto outcome = loading::call_source([&] { return store(key, value); });
    if (!outcome) count(counters.failed_writes);
    write.stored(outcome, unix_time());
  }
  flights.detach(key);
  const auto result = write.result();
  if (result && !result->is_kept) count(counters.unkept_writes);
  return result;
}

Result<bool> Loader::State::change(std::string_view key, const WriteThrough::Action& action) {
  using Kind = WriteThrough::Action::Kind;
  switch (action.kind) {
    case Kind::set:
      return client.set(key, action.value, action.ttl);
    case Kind::set_if_equal:
      return compare_and_set.set(key, action.expected, action.value, action.ttl, std::nullopt);
    default:
      return client.del(key).map([](std::int64_t deleted) { return deleted > 0; });
  }
}

/// Empty if it can begin.
std::string Loader::State::problem_with_call(bool has_function) const {
  if (!problem.empty()) return problem;
  if (!has_function) return "a loader was given no function to call";
  return fork_guard.is_in_child() ? "a loader does not outlive a fork; make another" : "";
}

Loader::Loader(Client& client, LoaderOptions options)
    : state_(std::make_unique<State>(client, options)) {}
Loader::Loader(Loader&&) noexcept = default;

Loader& Loader::operator=(Loader&& other) noexcept {
  Loader moved(std::move(other));
  std::swap(state_, moved.state_);
  return *this;
}

// In a forked child its threads are not there to end, and its locks may be held for ever.
Loader::~Loader() {
  if (!state_) return;
  state_->close();
  if (state_->fork_guard.is_in_child()) (void)state_.release();
}

void Loader::close() { state_->close(); }

Result<Loaded> Loader::get_or_load(std::string_view key, const Load& load) {
  return get_or_load(key, load, state_->options.wait);
}

Result<Loaded> Loader::get_or_load(std::string_view key, const Load& load, Milliseconds wait) {
  const loading::UnderWay::Call call(state_->under_way);
  if (auto problem = state_->problem_with_call(load != nullptr); !problem.empty()) {
    return failure(Code::invalid_argument, std::move(problem));
  }
  if (state_->flights.is_closed()) return cancelled();
  const Milliseconds bounded = std::clamp(wait, Milliseconds(0), longest_wait_for_a_load);
  return state_->get_or_load(key, load, SteadyClock::now() + bounded);
}

Result<bool> Loader::invalidate(std::string_view key) {
  const loading::UnderWay::Call call(state_->under_way);
  const Result<std::int64_t> deleted = state_->client.del(key);
  if (!state_->fork_guard.is_in_child()) state_->flights.detach(key);
  if (!deleted) return tl::unexpected(deleted.error());
  return *deleted > 0;
}

Result<WrittenThrough> Loader::write_through(std::string_view key, const OptionalString& value,
                                             const Store& store) {
  const loading::UnderWay::Call call(state_->under_way);
  if (auto problem = state_->problem_with_call(store != nullptr); !problem.empty()) {
    return failure(Code::invalid_argument, std::move(problem));
  }
  if (state_->flights.is_closed()) return cancelled();
  return state_->write_through(key, value, store);
}

LoaderStatistics Loader::statistics() const {
  const auto& counters = state_->counters;
  return {.hits = counters.hits.load(),
          .stale_hits = counters.stale_hits.load(),
          .loads = counters.loads.load(),
          .failed_loads = counters.failed_loads.load(),
          .shared_loads = counters.shared_loads.load(),
          .not_kept = counters.not_kept.load(),
          .without_cache = counters.without_cache.load(),
          .refreshes = counters.refreshes.load(),
          .dropped_refreshes = counters.dropped_refreshes.load(),
          .writes = counters.writes.load(),
          .failed_writes = counters.failed_writes.load(),
          .unkept_writes = counters.unkept_writes.load()};
}

}  // namespace cachekit
