#include "bench/load/load_run.h"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "bench/load/progress.h"
#include "bench/load/request_runner.h"
#include "bench/load/run_clock.h"
#include "bench/load/synthetic_load.h"
#include "bench/load/trace_load.h"

namespace cachekit::bench {
namespace {

using Clock = RunClock::Clock;
using ThreadBody = std::function<void(unsigned thread, RequestRunner& runner)>;

struct PhaseResult {
  Measurements measurements;
  double elapsed_s = 0;
  bool interrupted = false;
};

// The same number of threads in every phase, with a progress line until all are done.
class Phase {
 public:
  Phase(std::string name, Client& client, const LoadOptions& options, RunClock& clock,
        RunEvents& events)
      : client_(client),
        options_(options),
        clock_(clock),
        events_(events),
        measurements_(options.threads),
        counters_(options.threads),
        progress_(std::move(name), counters_),
        working_(options.threads) {}

  PhaseResult run(const ThreadBody& body) {
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread < options_.threads; ++thread) {
      threads.emplace_back([this, thread, &body] { run_thread(thread, body); });
    }
    PhaseResult result;
    result.interrupted = wait_for_threads();
    for (std::thread& thread : threads) thread.join();
    const std::chrono::duration<double> elapsed = Clock::now() - clock_.start();
    progress_.finish();
    result.elapsed_s = elapsed.count();
    for (const Measurements& thread : measurements_) result.measurements.add(thread);
    return result;
  }

 private:
  void run_thread(unsigned thread, const ThreadBody& body) {
    RequestRunner runner(client_, options_.ttl, measurements_[thread], counters_[thread]);
    body(thread, runner);
    if (working_.fetch_sub(1) == 1) events_.workers_done();
  }

  // True if somebody stopped the run.
  bool wait_for_threads() {
    bool interrupted = false;
    while (true) {
      const RunEvents::Event event = events_.wait(progress_.interval());
      if (event == RunEvents::Event::workers_done) return interrupted;
      if (event == RunEvents::Event::timeout) progress_.show(Clock::now() - clock_.start());
      if (event == RunEvents::Event::interrupted) {
        interrupted = true;
        clock_.stop();
      }
    }
  }

  Client& client_;
  const LoadOptions& options_;
  RunClock& clock_;
  RunEvents& events_;
  std::vector<Measurements> measurements_;
  std::vector<LiveCounters> counters_;
  Progress progress_;
  std::atomic<unsigned> working_;
};

PhaseResult run_preload(Client& client, const LoadOptions& options, RunEvents& events) {
  RunClock clock(Clock::now(), std::nullopt);
  Phase phase("preload", client, options, clock, events);
  return phase.run(
      [&](unsigned thread, RequestRunner& runner) { preload(options, thread, runner, clock); });
}

PhaseResult run_synthetic(Client& client, const LoadOptions& options, RunEvents& events) {
  const double canonical = canonical_duration_s;
  const std::optional<double> duration_s =
      options.requests ? options.duration_s : options.duration_s.value_or(canonical);
  RunClock clock(Clock::now(), duration_s);
  Phase phase("load   ", client, options, clock, events);
  return phase.run([&](unsigned thread, RequestRunner& runner) {
    run_synthetic_load(options, thread, runner, clock);
  });
}

Result<PhaseResult> run_trace(Client& client, const LoadOptions& options, TraceReader& reader,
                              RunEvents& events) {
  RunClock clock(Clock::now(), options.duration_s);
  std::vector<BlockQueue> queues(options.threads);
  Status fed;
  std::thread feeder([&] { fed = feed(reader, options, queues, clock); });
  Phase phase("trace  ", client, options, clock, events);
  PhaseResult result = phase.run([&](unsigned thread, RequestRunner& runner) {
    run_trace_load(options, thread, queues[thread], runner, clock);
  });
  feeder.join();
  if (!fed.ok()) return tl::unexpected(std::move(fed));
  return result;
}

}  // namespace

Result<LoadResult> run_load(Client& client, const LoadOptions& options, RunEvents& events) {
  std::optional<TraceReader> reader;
  if (!options.trace.empty()) {
    Result<TraceReader> opened = TraceReader::open(options.trace, options.value_scale);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    reader = *std::move(opened);
  }

  LoadResult result;
  if (options.preload && !reader) {
    const PhaseResult preloaded = run_preload(client, options, events);
    result.preload_errors = preloaded.measurements.error_count();
    result.interrupted = preloaded.interrupted;
  }
  const std::vector<NodeFigures> before = read_node_figures(client);
  if (!result.interrupted) {
    Result<PhaseResult> phase = reader ? run_trace(client, options, *reader, events)
                                       : run_synthetic(client, options, events);
    if (!phase) return tl::unexpected(std::move(phase.error()));
    result.measurements = std::move(phase->measurements);
    result.elapsed_s = phase->elapsed_s;
    result.interrupted = phase->interrupted;
  }
  result.nodes = difference(before, read_node_figures(client));
  return result;
}

}  // namespace cachekit::bench
