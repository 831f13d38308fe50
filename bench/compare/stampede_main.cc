// cachekit-compare-stampede: one process of a stampede. Its threads wait for a time and then all
// ask a Loader for the same key, which is not there and takes long to load.
//
// Prints one JSON object: how often the source was asked, and each caller's wait in milliseconds.

#include <cachekit/cachekit.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string url;
  std::string key = "stampede";
  int threads = 250;
  int load_ms = 50;
  int lease_ms = 5000;
  std::int64_t begin_at_ms = 0;  ///< Unix time.
};

struct Counts {
  std::atomic<int> loads = 0;
  std::atomic<int> failures = 0;
};

double ask(cachekit::Loader& loader, const Options& options, Counts& counts) {
  const auto load = [&](std::string_view) -> cachekit::Result<cachekit::OptionalString> {
    ++counts.loads;
    std::this_thread::sleep_for(std::chrono::milliseconds(options.load_ms));
    return "value";
  };
  const auto began = Clock::now();
  const auto loaded = loader.get_or_load(options.key, load);
  if (!loaded || loaded->value != "value" || !loaded->problem.ok()) ++counts.failures;
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

void run(const Options& options) {
  auto client = cachekit::Client::connect(options.url);
  if (!client) throw std::runtime_error(client.error().message());
  if (const auto gone = client->del(options.key); !gone) {
    throw std::runtime_error(gone.error().message());
  }
  cachekit::Loader loader(*client, {.lease = std::chrono::milliseconds(options.lease_ms)});
  Counts counts;
  std::vector<double> waits(static_cast<std::size_t>(options.threads));
  const std::chrono::system_clock::time_point begin{std::chrono::milliseconds(options.begin_at_ms)};
  std::vector<std::thread> threads;
  for (double& wait : waits) {
    threads.emplace_back([&] {
      std::this_thread::sleep_until(begin);
      wait = ask(loader, options, counts);
    });
  }
  const bool late = std::chrono::system_clock::now() > begin;
  for (std::thread& thread : threads) thread.join();
  fmt::print(R"({{"loads": {}, "failures": {}, "late": {}, "waits_ms": [{:.3f}]}})"
             "\n",
             counts.loads.load(), counts.failures.load(), late, fmt::join(waits, ", "));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Threads that all miss one key", "cachekit-compare-stampede");
  app.add_option("--url", options.url)->required();
  app.add_option("--key", options.key);
  app.add_option("--threads", options.threads)->check(CLI::Range(1, 4096));
  app.add_option("--load-ms", options.load_ms, "How long the source takes");
  app.add_option("--lease-ms", options.lease_ms, "LoaderOptions::lease; 0: none");
  app.add_option("--begin-at-ms", options.begin_at_ms, "Unix time")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "cachekit-compare-stampede: {}\n", error.what());
    return 1;
  }
  return 0;
}
