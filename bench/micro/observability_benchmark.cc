// What it costs to count: a latency that is recorded, a key that is looked at for being hot, and a
// hit of the near-cache through a whole Client with none, some and all of it.

#include <benchmark/benchmark.h>
#include <cachekit/client.h>
#include <cachekit/local_cluster.h>

#include <cmath>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "client/hotkeys/hot_keys.h"
#include "client/metrics/latency_recorder.h"

namespace cachekit {
namespace {

constexpr std::size_t keys = 10'000;
constexpr std::size_t draws = 1 << 16;

const std::vector<std::string>& zipf_keys() {
  static const std::vector<std::string> chosen = [] {
    std::mt19937_64 random(1);
    std::vector<double> weights(keys);
    for (std::size_t i = 0; i < keys; ++i) {
      weights[i] = std::pow(static_cast<double>(i + 1), -0.99);
    }
    std::discrete_distribution<std::size_t> distribution(weights.begin(), weights.end());
    std::vector<std::string> made(draws);
    for (std::string& key : made) key = "user:" + std::to_string(1'000'000 + distribution(random));
    return made;
  }();
  return chosen;
}

void record(benchmark::State& state) {
  static metrics::LatencyRecorder recorder;
  std::int64_t took = 10'000;
  for (auto _ : state) {
    took = (took * 5 + 12'345) % 1'000'000;
    recorder.record(std::chrono::nanoseconds(took));
  }
  state.SetItemsProcessed(state.iterations());
}

template <class Note>
void look_for_hot(benchmark::State& state, Note note) {
  static hotkeys::HotKeys hot_keys({});
  const std::vector<std::string>& chosen = zipf_keys();
  const auto now = std::chrono::steady_clock::now();
  std::size_t at = static_cast<std::size_t>(state.thread_index()) * 1000;
  for (auto _ : state) note(hot_keys, chosen[at++ % draws], now);
  state.SetItemsProcessed(state.iterations());
}

void hot_key_of_call(benchmark::State& state) {
  look_for_hot(state, [](auto& hot, const auto& key, auto now) { hot.note_call(key, false, now); });
}
void hot_key_of_near_hit(benchmark::State& state) {
  look_for_hot(state, [](auto& hot, const auto& key, auto now) { hot.note_near_hit(key, now); });
}

enum class Watch { nothing, hot_keys, everything };

Client& near_client(Watch watch) {
  static LocalCluster cluster = [] {
    auto started = LocalCluster::start({.shards = 1});
    if (!started) std::abort();
    return *std::move(started);
  }();
  static std::vector<std::unique_ptr<Client>> clients(3);
  std::unique_ptr<Client>& client = clients[static_cast<std::size_t>(watch)];
  if (client) return *client;
  ClientOptions options;
  options.near_cache.bytes = std::size_t{64} << 20;
  if (watch == Watch::nothing) options.hot_keys.keys = 0;
  if (watch == Watch::everything) {
    options.tracing.on_span = [](const Span& span) { benchmark::DoNotOptimize(span.duration); };
    options.tracing.on_slow = [](const Span& span) { benchmark::DoNotOptimize(span.duration); };
  }
  auto connected = Client::connect(cluster.url(), options);
  if (!connected) std::abort();
  client = std::make_unique<Client>(*std::move(connected));
  for (const std::string& key : zipf_keys()) {
    if (!client->set(key, "value")) std::abort();
  }
  return *client;
}

void near_hit(benchmark::State& state, Watch watch) {
  Client& client = near_client(watch);
  const std::vector<std::string>& chosen = zipf_keys();
  for (std::uint64_t hits = 0; hits < draws;) {  // until all are near
    const std::uint64_t before = client.near_cache_statistics().hits;
    for (const std::string& key : chosen) benchmark::DoNotOptimize(client.get(key));
    hits = client.near_cache_statistics().hits - before;
  }
  std::size_t at = static_cast<std::size_t>(state.thread_index()) * 1000;
  for (auto _ : state) benchmark::DoNotOptimize(client.get(chosen[at++ % draws]));
  state.SetItemsProcessed(state.iterations());
}

void call(benchmark::State& state, Watch watch) {
  Client& client = near_client(watch);
  for (auto _ : state) benchmark::DoNotOptimize(client.strlen("k"));
}

BENCHMARK(record)->ThreadRange(1, 8)->UseRealTime();
BENCHMARK(hot_key_of_call)->ThreadRange(1, 8)->UseRealTime();
BENCHMARK(hot_key_of_near_hit)->ThreadRange(1, 8)->UseRealTime();
BENCHMARK_CAPTURE(near_hit, nothing, Watch::nothing);
BENCHMARK_CAPTURE(near_hit, hot_keys, Watch::hot_keys);
BENCHMARK_CAPTURE(near_hit, everything, Watch::everything);
BENCHMARK_CAPTURE(call, nothing, Watch::nothing);
BENCHMARK_CAPTURE(call, hot_keys, Watch::hot_keys);
BENCHMARK_CAPTURE(call, everything, Watch::everything);

}  // namespace
}  // namespace cachekit
