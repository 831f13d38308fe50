// What a hit of the near-cache costs, with any number of threads: as a look at the value, as a
// shared value and as a copy; with keys drawn by Zipf's law (exponent 0.99), evenly (most hits then
// wait for memory), and with one key for all; and through a whole Client, of a node that is started
// for it. Beside it a miss, a fill and an invalidation. The
// clock is read for each hit, as a client does.

#include <benchmark/benchmark.h>
#include <cachekit/client.h>
#include <cachekit/local_cluster.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "client/caching/near_store.h"

namespace {

thread_local std::size_t allocations = 0;

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace cachekit::caching {
namespace {

constexpr std::uint32_t layout = 1;
constexpr std::size_t keys = 10'000;
constexpr std::size_t value_bytes = 500;
constexpr std::size_t draws = 1 << 16;

enum class Draw { zipf, evenly, one_key };

using Key = std::array<char, 12>;

Key key(std::size_t number) {
  Key key{};
  const std::string text = "user:" + std::to_string(1'000'000 + number);
  std::ranges::copy(text, key.begin());
  return key;
}

std::string_view view(const Key& key) { return {key.data(), key.size()}; }

/// One after the other, as a caller has its key at hand.
std::vector<Key> drawn(Draw draw) {
  std::mt19937_64 random(1);
  std::vector<double> weights(draw == Draw::one_key ? 1 : keys, 1.0);
  if (draw == Draw::zipf) {
    for (std::size_t i = 0; i < keys; ++i) weights[i] = std::pow(static_cast<double>(i + 1), -0.99);
  }
  std::discrete_distribution<std::size_t> distribution(weights.begin(), weights.end());
  std::vector<Key> chosen(draws);
  std::ranges::generate(chosen, [&] { return key(distribution(random)); });
  return chosen;
}

struct Filled {
  NearStore store{std::size_t{64} << 20};
  Source source;

  Filled() {
    source.serve_until(io::Time::max());
    for (std::size_t i = 0; i < keys; ++i) fill(view(key(i)));
  }
  void fill(std::string_view key) {
    static const std::string value(value_bytes, 'v');
    const FillToken token = store.begin_fill(key, source, layout);
    store.end_fill(token, key, {.bytes = value}, io::Clock::now());
  }
};

Filled& filled() {
  static Filled all;
  return all;
}

template <class Use>
void hits(benchmark::State& state, Draw draw, Use use) {
  Filled& f = filled();
  const std::vector<Key> chosen = drawn(draw);
  std::size_t at = static_cast<std::size_t>(state.thread_index()) * 1000;
  std::uint64_t missed = 0;
  const std::size_t before = allocations;
  for (auto _ : state) {
    const std::string_view key = view(chosen[at++ % draws]);
    if (f.store.find(key, io::Clock::now(), layout, use) != Found::hit) ++missed;
  }
  const auto allocated = static_cast<double>(allocations - before);
  if (missed > 0) state.SkipWithError("not every call was a hit");
  state.SetItemsProcessed(state.iterations());
  state.counters["allocations"] = benchmark::Counter(
      allocated / static_cast<double>(state.iterations()), benchmark::Counter::kAvgThreads);
}

void look(benchmark::State& state, Draw draw) {
  hits(state, draw, [](Entry& entry) { benchmark::DoNotOptimize(entry.view().data()); });
}
void share(benchmark::State& state, Draw draw) {
  hits(state, draw, [](Entry& entry) { benchmark::DoNotOptimize(SharedValue::of(entry)); });
}
void copy(benchmark::State& state, Draw draw) {
  hits(state, draw, [](Entry& entry) { benchmark::DoNotOptimize(std::string(entry.view())); });
}

/// A client that has all keys near.
struct NearClient {
  LocalCluster cluster;
  Client client;

  static NearClient start() {
    auto cluster = LocalCluster::start({.shards = 1});
    if (!cluster) std::abort();
    ClientOptions options;
    options.near_cache.bytes = std::size_t{64} << 20;
    auto client = Client::connect(cluster->url(), options);
    if (!client) std::abort();
    return {*std::move(cluster), *std::move(client)};
  }
  void fill() {
    const std::string value(value_bytes, 'v');
    for (std::size_t i = 0; i < keys; ++i) {
      if (!client.set(view(key(i)), value)) std::abort();
    }
    while (client.near_cache_statistics().entries < keys) {
      for (std::size_t i = 0; i < keys; ++i) {
        if (!client.get(view(key(i)))) std::abort();
      }
    }
  }
};

NearClient& near_client() {
  static NearClient all = [] {
    NearClient made = NearClient::start();
    made.fill();
    return made;
  }();
  return all;
}

template <class Read>
void client_hits(benchmark::State& state, Read read) {
  NearClient& near = near_client();
  const std::vector<Key> chosen = drawn(Draw::zipf);
  std::size_t at = static_cast<std::size_t>(state.thread_index()) * 1000;
  const std::uint64_t misses = near.client.near_cache_statistics().misses;
  const std::size_t before = allocations;
  for (auto _ : state) benchmark::DoNotOptimize(read(near.client, view(chosen[at++ % draws])));
  const auto allocated = static_cast<double>(allocations - before);
  if (near.client.near_cache_statistics().misses > misses) state.SkipWithError("there was a miss");
  state.SetItemsProcessed(state.iterations());
  state.counters["allocations"] = benchmark::Counter(
      allocated / static_cast<double>(state.iterations()), benchmark::Counter::kAvgThreads);
}

void client_get_shared(benchmark::State& state) {
  client_hits(state, [](Client& client, std::string_view key) { return client.get_shared(key); });
}
void client_get(benchmark::State& state) {
  client_hits(state, [](Client& client, std::string_view key) { return client.get(key); });
}

void miss(benchmark::State& state) {
  Filled& f = filled();
  for (auto _ : state) {
    benchmark::DoNotOptimize(f.store.find("absent", io::Clock::now(), layout, [](Entry&) {}));
  }
}

void fill_and_invalidate(benchmark::State& state) {
  Filled& f = filled();
  const std::string key = "fresh:" + std::to_string(state.thread_index());
  for (auto _ : state) {
    f.fill(key);
    f.store.invalidate(key);
  }
}

#define HITS(how, draw) BENCHMARK_CAPTURE(how, draw, Draw::draw)->ThreadRange(1, 8)->UseRealTime()

HITS(look, zipf);
HITS(share, zipf);
HITS(copy, zipf);
HITS(look, evenly);
HITS(share, evenly);
HITS(look, one_key);
HITS(share, one_key);
BENCHMARK(client_get_shared)->ThreadRange(1, 8)->UseRealTime();
BENCHMARK(client_get)->ThreadRange(1, 8)->UseRealTime();
BENCHMARK(miss);
BENCHMARK(fill_and_invalidate)->ThreadRange(1, 2)->UseRealTime();

}  // namespace
}  // namespace cachekit::caching
