// cachekit-compare-storm: a steady load (open loop) on all shards of a cluster, one of which may be
// silent, and what became of it: how much was offered to that shard, and how long the others took.
//
// Half are GETs, half SETs that may be repeated. Prints one JSON object; latencies count from when
// an operation was due.

#include <cachekit/client.h>
#include <cachekit/latency_histogram.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using cachekit::FineLatencyHistogram;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string url;
  std::string silent;  ///< That shard's node, host:port; none if empty.
  double rate = 3000;
  double seconds = 10;
  double retry_share = 0.08;
  int read_timeout_ms = 100;
  int keys = 10'000;
};

/// Of one kind of shard, told by the client's thread.
struct Totals {
  std::uint64_t offered = 0;
  std::uint64_t failed = 0;
  FineLatencyHistogram latencies;
};

struct Key {
  std::string name;
  bool silent;
};

std::vector<Key> make_keys(const cachekit::Client& client, const Options& options) {
  std::vector<Key> keys;
  for (int i = 0; i < options.keys; ++i) {
    std::string name = fmt::format("storm:{}", i);
    const bool silent = client.locate(name).node == options.silent;
    keys.push_back({std::move(name), silent});
  }
  return keys;
}

class Storm {
 public:
  Storm(cachekit::Client& client, const Options& options)
      : client_(client), options_(options), keys_(make_keys(client, options)) {}

  void run() {
    const auto interval = std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(1 / options_.rate));
    const auto count = static_cast<std::uint64_t>(options_.rate * options_.seconds);
    auto due = Clock::now();
    for (std::uint64_t i = 0; i < count; ++i, due += interval) {
      std::this_thread::sleep_until(due);
      offer(keys_[random_() % keys_.size()], i % 2 == 0, due);
    }
    std::unique_lock lock(mutex_);
    all_told_.wait(lock, [&] { return told_ == count; });
  }

  const Totals& of_silent() const { return silent_; }
  const Totals& of_live() const { return live_; }

 private:
  void offer(const Key& key, bool reads, Clock::time_point due) {
    auto async = client_.async();
    if (reads) {
      async.get(key.name).start([this, &key, due](const auto& got) { tell(key, due, got); });
    } else {
      async.set(key.name, value_).start([this, &key, due](const auto& set) {
        tell(key, due, set);
      });
    }
  }

  template <class Answer>
  void tell(const Key& key, Clock::time_point due, const Answer& answer) {
    const std::lock_guard lock(mutex_);
    Totals& totals = key.silent ? silent_ : live_;
    ++totals.offered;
    totals.failed += answer.has_value() ? 0 : 1;
    totals.latencies.record(Clock::now() - due);
    ++told_;
    all_told_.notify_one();
  }

  cachekit::Client& client_;
  const Options& options_;
  const std::vector<Key> keys_;
  const std::string value_ = std::string(100, 'v');
  std::minstd_rand random_{1};
  std::mutex mutex_;
  std::condition_variable all_told_;
  std::uint64_t told_ = 0;
  Totals silent_;
  Totals live_;
};

std::string report_of(const Totals& totals) {
  const auto ms = [&](double q) {
    return std::chrono::duration<double, std::milli>(totals.latencies.quantile(q)).count();
  };
  return fmt::format(
      R"({{"offered": {}, "failed": {}, "p50_ms": {:.3f}, "p99_ms": {:.3f}, "p999_ms": {:.3f}}})",
      totals.offered, totals.failed, ms(0.5), ms(0.99), ms(0.999));
}

void run(const Options& options) {
  cachekit::ClientOptions client_options;
  client_options.read_timeout = std::chrono::milliseconds(options.read_timeout_ms);
  client_options.retry_same_state = true;
  client_options.retry_share = options.retry_share;
  auto client = cachekit::Client::connect(options.url, client_options);
  if (!client) throw std::runtime_error(client.error().message());
  Storm storm(*client, options);
  storm.run();
  fmt::print(R"({{"silent": {}, "live": {}}})"
             "\n",
             report_of(storm.of_silent()), report_of(storm.of_live()));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("A steady load on shards of which one may be silent", "cachekit-compare-storm");
  app.add_option("--url", options.url)->required();
  app.add_option("--silent", options.silent, "The node that never answers, host:port");
  app.add_option("--rate", options.rate, "Operations a second")->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  app.add_option("--retry-share", options.retry_share, "ClientOptions::retry_share");
  app.add_option("--read-timeout-ms", options.read_timeout_ms, "ClientOptions::read_timeout");
  app.add_option("--keys", options.keys)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "cachekit-compare-storm: {}\n", error.what());
    return 1;
  }
  return 0;
}
