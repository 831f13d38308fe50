#include "bench/compare/coroutine_load.h"

#include <random>
#include <thread>

namespace cachekit::bench::compare {
namespace {

Detached run_coroutine(AsyncCommands async, const ClientLoad& load, std::uint64_t seed,
                       const std::atomic<Phase>& phase, Totals& totals, std::latch& running) {
  std::mt19937_64 random(seed);
  const std::string value(static_cast<std::size_t>(load.value_bytes), 'v');
  while (true) {
    const Phase at_start = phase.load(std::memory_order_relaxed);
    if (at_start == Phase::over) break;
    const auto began = Clock::now();
    const std::string key = key_of(random() % static_cast<std::uint64_t>(load.keys));
    if (load.sets()) {
      const auto set = co_await async.set(key, value);
      if (!set) fail(set.error().message());
    } else {
      const auto got = co_await async.get(key);
      if (!got) fail(got.error().message());
      if (!*got) fail("a key is missing");
    }
    if (at_start != Phase::measured) continue;
    ++totals.requests;
    totals.latencies.record(Clock::now() - began);
  }
  running.count_down();
}

}  // namespace

CoroutineLoad::CoroutineLoad(const ClientLoad& load, const std::atomic<Phase>& phase,
                             std::vector<Totals>& totals)
    : running_(load.threads), client_(*Client::connect(load.url(), {.io_threads = 2})) {
  // From two threads, so that each of the client's gets half of them.
  const auto start = [&](std::size_t first) {
    for (std::size_t i = first; i < totals.size(); i += 2) {
      run_coroutine(client_.async(), load, i + 1, phase, totals[i], running_);
    }
  };
  std::thread other(start, 1);
  start(0);
  other.join();
}

}  // namespace cachekit::bench::compare
