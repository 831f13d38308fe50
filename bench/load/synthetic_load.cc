#include "bench/load/synthetic_load.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "bench/load/arrival_schedule.h"

namespace cachekit::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Enough that a round trip costs nothing, and few enough to stay far below the call's deadline.
constexpr std::uint64_t preload_depth = 128;

// Apart in all bits, however close the seeds are.
std::uint64_t seed_of(std::uint64_t seed, unsigned thread) {
  std::seed_seq mixed{seed, seed >> 32, std::uint64_t{thread}};
  std::uint32_t words[2];
  mixed.generate(std::begin(words), std::end(words));
  return std::uint64_t{words[0]} << 32 | words[1];
}

class RequestMaker {
 public:
  RequestMaker(const LoadOptions& options, unsigned thread)
      : options_(options),
        random_(seed_of(options.seed, thread)),
        chooser_(options.distribution, options.keys, options.zipf_exponent,
                 options.keys / options.threads * thread) {}

  PlannedRequest next() {
    const bool is_get = uniform_(random_) < options_.get_ratio;
    return {is_get, key_text(chooser_(random_), options_.key_size_bytes),
            options_.value_size_bytes};
  }

 private:
  const LoadOptions& options_;
  std::mt19937_64 random_;
  KeyChooser chooser_;
  std::uniform_real_distribution<double> uniform_{0, 1};
};

}  // namespace

std::uint64_t share_of(std::uint64_t total, unsigned thread, unsigned threads) {
  return total / threads + (thread < total % threads ? 1 : 0);
}

void preload(const LoadOptions& options, unsigned thread, RequestRunner& runner, RunClock& clock) {
  std::vector<PlannedRequest> batch;
  for (std::uint64_t key = thread; key < options.keys && !clock.over(Clock::now());) {
    batch.clear();
    for (; key < options.keys && batch.size() < preload_depth; key += options.threads) {
      batch.push_back({false, key_text(key, options.key_size_bytes), options.value_size_bytes});
    }
    runner.run(batch, Clock::now());
  }
}

void run_synthetic_load(const LoadOptions& options, unsigned thread, RequestRunner& runner,
                        RunClock& clock) {
  RequestMaker maker(options, thread);
  const ArrivalSchedule schedule(clock.start(), options.rate_per_s.value_or(1.0), thread,
                                 options.threads);
  std::uint64_t left = options.requests ? share_of(*options.requests, thread, options.threads)
                                        : std::numeric_limits<std::uint64_t>::max();
  std::uint64_t sent = 0;
  std::vector<PlannedRequest> batch;
  while (left > 0) {
    batch.clear();
    const std::uint64_t size = std::min<std::uint64_t>(left, options.pipeline_depth);
    while (batch.size() < size) batch.push_back(maker.next());
    Clock::time_point due = Clock::now();
    if (options.rate_per_s) {
      due = schedule.due(sent);
      clock.sleep_until(due);
    }
    if (clock.over(Clock::now())) return;
    runner.run(batch, due);
    sent += size;
    left -= size;
  }
}

}  // namespace cachekit::bench
