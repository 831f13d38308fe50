// cachekit-compare-client: GETs or SETs by many threads through one client library, and what each
// costs the client's process. What is compared:
//
//   cachekit             the threads share one cachekit::Client
//   cachekit-coroutines  as many coroutines instead of threads, on two threads of the client
//   hiredis              each thread has a hiredis socket of its own
//   hiredis-pipeline     the same, with batches of --depth commands
//
// Prints one JSON object. CPU is that of this process in the measured time, from getrusage, and
// that of the server, from /proc.

#include <cachekit/client.h>
#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "bench/compare/client_load.h"
#include "bench/compare/coroutine_load.h"
#include "bench/compare/process_cpu.h"

namespace {

using namespace cachekit::bench::compare;
/// What one thread does again and again: so many requests, each time.
struct Worker {
  std::function<void(std::uint64_t random)> step;
  int requests = 1;
};

class CachekitSource {
 public:
  explicit CachekitSource(const ClientLoad& options)
      : client_(*cachekit::Client::connect(options.url(),
                                           {.connections_per_node = options.connections})) {}

  Worker worker(const ClientLoad& options) {
    const std::string value(static_cast<std::size_t>(options.value_bytes), 'v');
    const auto keys = static_cast<std::uint64_t>(options.keys);
    if (options.sets()) {
      return {[this, value, keys](std::uint64_t random) {
        if (const auto set = client_.set(key_of(random % keys), value); !set) {
          fail(std::string(set.error().message()));
        }
      }};
    }
    return {[this, keys](std::uint64_t random) {
      const auto got = client_.get(key_of(random % keys));
      if (!got) fail(std::string(got.error().message()));
      if (!*got) fail("a key is missing");
    }};
  }

 private:
  cachekit::Client client_;
};

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
struct FreeReply {
  void operator()(void* reply) const { freeReplyObject(reply); }
};

class HiredisWorker {
 public:
  explicit HiredisWorker(const ClientLoad& options)
      : context_(redisConnect(options.host.c_str(), options.port)),
        value_(static_cast<std::size_t>(options.value_bytes), 'v'),
        keys_(static_cast<std::uint64_t>(options.keys)),
        sets_(options.sets()),
        depth_(options.library == "hiredis" ? 1 : options.depth) {
    if (!context_ || context_->err != 0) fail("hiredis cannot connect");
  }

  int depth() const { return depth_; }

  void step(std::uint64_t random) {
    std::minstd_rand keys(static_cast<std::uint32_t>(random));
    for (int i = 0; i < depth_; ++i) {
      const std::string key = key_of(((std::uint64_t{keys()} << 16) ^ keys()) % keys_);
      if (sets_) {
        redisAppendCommand(context_.get(), "SET %b %b", key.data(), key.size(), value_.data(),
                           value_.size());
      } else {
        redisAppendCommand(context_.get(), "GET %b", key.data(), key.size());
      }
    }
    for (int i = 0; i < depth_; ++i) {
      void* reply = nullptr;
      if (redisGetReply(context_.get(), &reply) != REDIS_OK) fail(context_->errstr);
      const std::unique_ptr<void, FreeReply> owner(reply);
      const int type = static_cast<redisReply*>(reply)->type;
      if (type != (sets_ ? REDIS_REPLY_STATUS : REDIS_REPLY_STRING)) fail("an unexpected reply");
    }
  }

 private:
  std::unique_ptr<redisContext, FreeContext> context_;
  std::string value_;
  std::uint64_t keys_;
  bool sets_;
  int depth_;
};

Worker hiredis_worker(const ClientLoad& options) {
  auto worker = std::make_shared<HiredisWorker>(options);
  return {[worker](std::uint64_t random) { worker->step(random); }, worker->depth()};
}

struct Usage {
  double user_s = 0;
  double system_s = 0;
  double server_s = 0;
  Clock::time_point at;
};

Usage usage_now(int server_pid) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return {seconds(usage.ru_utime), seconds(usage.ru_stime), process_cpu(server_pid).total_s(),
          Clock::now()};
}

void run_worker(const Worker& worker, std::uint64_t seed, const std::atomic<Phase>& phase,
                Totals& totals) {
  std::mt19937_64 random(seed);
  while (true) {
    const Phase at_start = phase.load(std::memory_order_relaxed);
    if (at_start == Phase::over) return;
    const auto began = Clock::now();
    worker.step(random());
    if (at_start != Phase::measured) continue;
    totals.requests += static_cast<std::uint64_t>(worker.requests);
    totals.latencies.record(Clock::now() - began);
  }
}

void print_report(const ClientLoad& options, const Totals& totals, const Usage& before,
                  const Usage& after) {
  const double requests = static_cast<double>(totals.requests);
  const double elapsed = std::chrono::duration<double>(after.at - before.at).count();
  const auto microseconds = [&](double percent) {
    return std::chrono::duration<double, std::micro>(totals.latencies.quantile(percent / 100))
        .count();
  };
  fmt::print(
      R"({{"client": "{}", "operation": "{}", "threads": {}, "requests": {}, "elapsed_s": {:.3f}, )"
      R"("requests_per_s": {:.0f}, "user_us": {:.3f}, "system_us": {:.3f}, "server_us": {:.3f}, )"
      R"("p50_us": {:.1f}, "p99_us": {:.1f}, "p999_us": {:.1f}}})"
      "\n",
      options.library, options.operation, options.threads, totals.requests, elapsed,
      requests / elapsed, (after.user_s - before.user_s) * 1e6 / requests,
      (after.system_s - before.system_s) * 1e6 / requests,
      (after.server_s - before.server_s) * 1e6 / requests, microseconds(50), microseconds(99),
      microseconds(99.9));
}

class ThreadLoad {
 public:
  ThreadLoad(const ClientLoad& options, const std::atomic<Phase>& phase,
             std::vector<Totals>& totals) {
    if (options.library == "cachekit") shared_.emplace(options);
    for (std::size_t i = 0; i < totals.size(); ++i) {
      Worker worker = shared_ ? shared_->worker(options) : hiredis_worker(options);
      threads_.emplace_back([worker = std::move(worker), i, &phase, &totals] {
        run_worker(worker, i + 1, phase, totals[i]);
      });
    }
  }

  void join() {
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::optional<CachekitSource> shared_;
  std::vector<std::thread> threads_;
};

void run(const ClientLoad& options) {
  std::atomic<Phase> phase{Phase::warm_up};
  std::vector<Totals> totals(static_cast<std::size_t>(options.threads));
  std::optional<CoroutineLoad> coroutines;
  std::optional<ThreadLoad> threads;
  if (options.library == "cachekit-coroutines") {
    coroutines.emplace(options, phase, totals);
  } else {
    threads.emplace(options, phase, totals);
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(options.warm_up));
  phase = Phase::measured;
  const Usage before = usage_now(options.server_pid);
  std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds));
  const Usage after = usage_now(options.server_pid);
  phase = Phase::over;
  coroutines ? coroutines->join() : threads->join();
  Totals sum;
  for (const Totals& part : totals) {
    sum.requests += part.requests;
    sum.latencies.merge(part.latencies);
  }
  print_report(options, sum, before, after);
}

}  // namespace

int main(int argc, char** argv) {
  ClientLoad options;
  CLI::App app("Load by many threads through one client library", "cachekit-compare-client");
  app.add_option("--client", options.library)
      ->check(CLI::IsMember({"cachekit", "cachekit-coroutines", "hiredis", "hiredis-pipeline"}));
  app.add_option("--operation", options.operation)->check(CLI::IsMember({"get", "set"}));
  app.add_option("--host", options.host, "A literal address");
  app.add_option("--port", options.port);
  app.add_option("--connections", options.connections,
                 "Of cachekit: calls to the node that have a connection to themselves");
  app.add_option("--threads", options.threads, "Or coroutines")->check(CLI::Range(1, 4096));
  app.add_option("--depth", options.depth, "Commands in a batch of hiredis-pipeline");
  app.add_option("--keys", options.keys, "They must be there: see cachekit-compare-load");
  app.add_option("--value-bytes", options.value_bytes);
  app.add_option("--seconds", options.seconds);
  app.add_option("--server-pid", options.server_pid, "Whose CPU time is told as well");
  app.add_option("--warm-up", options.warm_up, "Seconds before the measured ones");
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "cachekit-compare-client: {}\n", error.what());
    return 1;
  }
  return 0;
}
