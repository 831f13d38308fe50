// What finding, missing, replacing and inserting a key costs in a store of so many keys, one by one
// and as a batch whose memory has been asked for beforehand. Ten million keys are out of the
// caches.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>

#include "node/storage/store.h"

namespace cachekit::node::storage {
namespace {

constexpr UnixMillis now = 1'700'000'000'000;
constexpr std::size_t batch_size = 32;

class NoSink final : public EffectSink {
 public:
  void apply(const Effect&) override {}
  void begin_group() override {}
  void end_group() override {}
};

// Keys of 16 bytes, made in place so that making them costs little.
struct Key {
  std::array<char, 16> bytes;

  explicit Key(std::uint64_t number) {
    bytes.fill('0');
    for (std::size_t at = bytes.size(); number > 0; number /= 10) {
      bytes[--at] = static_cast<char>('0' + number % 10);
    }
  }
  std::string_view view() const { return {bytes.data(), bytes.size()}; }
};

struct Filled {
  NoSink sink;
  Store store{StoreOptions{}, sink};
  std::mt19937_64 random{1};
  std::uint64_t keys;

  explicit Filled(std::int64_t count) : keys(static_cast<std::uint64_t>(count)) {
    for (std::uint64_t i = 0; i < keys; ++i) set(i);
  }
  void set(std::uint64_t number) {
    const std::string value(32, 'v');
    if (store.set(Key(number).view(), value, no_expiry, now) != WriteOutcome::done) std::abort();
  }
  bool find(const Key& key) { return store.find(key.view(), now, Lookup::read).has_value(); }
};

// Filling takes longer than measuring, so the benchmarks of one size share a store.
Filled& filled(std::int64_t count) {
  static std::unique_ptr<Filled> last;
  if (!last || last->keys != static_cast<std::uint64_t>(count))
    last = std::make_unique<Filled>(count);
  return *last;
}

void find(benchmark::State& state) {
  Filled& f = filled(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(f.find(Key(f.random() % f.keys)));
}

void miss(benchmark::State& state) {
  Filled& f = filled(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(f.find(Key(f.keys + f.random() % f.keys)));
}

void replace(benchmark::State& state) {
  Filled& f = filled(state.range(0));
  for (auto _ : state) f.set(f.random() % f.keys);
}

void find_in_batches(benchmark::State& state) {
  Filled& f = filled(state.range(0));
  for (auto _ : state) {
    std::vector<Key> keys;
    for (std::size_t i = 0; i < batch_size; ++i) keys.emplace_back(f.random() % f.keys);
    std::array<std::uint64_t, batch_size> hashes;
    for (std::size_t i = 0; i < batch_size; ++i) {
      hashes[i] = f.store.prefetch_table(keys[i].view());
    }
    for (const std::uint64_t hash : hashes) f.store.prefetch_entry(hash);
    for (const Key& key : keys) benchmark::DoNotOptimize(f.find(key));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch_size));
}

// Growing included: from nothing to so many keys.
void insert(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Filled(state.range(0)).store.size());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void sizes(benchmark::internal::Benchmark* benchmark) { benchmark->Arg(100'000)->Arg(10'000'000); }

BENCHMARK(find)->Apply(sizes);
BENCHMARK(miss)->Apply(sizes);
BENCHMARK(replace)->Apply(sizes);
BENCHMARK(find_in_batches)->Apply(sizes);
BENCHMARK(insert)->Apply(sizes)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cachekit::node::storage
