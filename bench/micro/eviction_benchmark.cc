// What each eviction policy costs: a hit, and a miss that evicts one entry and inserts another,
// with and without hits in between. Entries of 24-byte keys and 100-byte values, more of them than
// the processor's caches hold, or few.

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "node/storage/entry.h"
#include "node/storage/eviction/policy.h"
#include "node/storage/expiry_clock.h"
#include "node/storage/slots.h"

namespace cachekit::node::storage {
namespace {

constexpr std::size_t key_bytes = 24;
constexpr std::size_t value_bytes = 100;
constexpr std::uint64_t seed = 1;

// Hits for each miss in mixed(): a hit ratio of four fifths.
constexpr int hits_per_miss = 4;

class Cache {
 public:
  Cache(EvictionKind kind, std::size_t entries)
      : policy_(make_eviction_policy(kind, slots_, seed)), random_(seed) {
    for (std::size_t at = 0; at < entries; ++at) handles_.push_back(insert(random_()));
  }

  // Any entry, some much more often than others.
  void hit() {
    const std::uint64_t number = random_();
    const auto place = static_cast<std::uint32_t>(number) % handles_.size();
    const auto popular = place >> (number >> 60);
    policy_->touch(handles_[popular]);
  }

  void miss() {
    const Handle victim = policy_->victim();
    policy_->evict(victim, hash_at(victim));
    slots_.free(victim);
    // The same slot is taken again, so the handles stay good.
    benchmark::DoNotOptimize(insert(random_()));
  }

 private:
  // The key's first bytes are its hash.
  Handle insert(std::uint64_t hash) {
    std::string key(key_bytes, 'k');
    std::memcpy(key.data(), &hash, sizeof hash);
    const EntryShape shape{.key = key, .stored_size = value_bytes};
    const Handle handle = slots_.allocate(Entry::bytes_for(shape, clock_));
    entry_at(slots_, handle).write(shape, clock_);
    policy_->insert(handle, hash);
    return handle;
  }

  std::uint64_t hash_at(Handle handle) const {
    std::uint64_t hash = 0;
    std::memcpy(&hash, entry_at(slots_, handle).key().data(), sizeof hash);
    return hash;
  }

  Slots slots_;
  ExpiryClock clock_;
  std::unique_ptr<EvictionPolicy> policy_;
  std::mt19937_64 random_;
  std::vector<Handle> handles_;
};

constexpr std::array<const char*, 4> names = {"lru", "lfu", "s3fifo", "adaptive"};

Cache cache_of(benchmark::State& state) {
  const auto kind = static_cast<std::size_t>(state.range(0));
  state.SetLabel(names[kind]);
  return {static_cast<EvictionKind>(kind), static_cast<std::size_t>(state.range(1))};
}

void hit(benchmark::State& state) {
  Cache cache = cache_of(state);
  for (auto _ : state) cache.hit();
}

void miss(benchmark::State& state) {
  Cache cache = cache_of(state);
  for (auto _ : state) cache.miss();
}

void mixed(benchmark::State& state) {
  Cache cache = cache_of(state);
  for (auto _ : state) {
    for (int hits = 0; hits < hits_per_miss; ++hits) cache.hit();
    cache.miss();
  }
  state.SetItemsProcessed(state.iterations() * (hits_per_miss + 1));
}

void all_policies(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"kind", "entries"})->ArgsProduct({{0, 1, 2, 3}, {10'000, 2'000'000}});
}

BENCHMARK(hit)->Apply(all_policies);
BENCHMARK(miss)->Apply(all_policies);
BENCHMARK(mixed)->Apply(all_policies);

}  // namespace
}  // namespace cachekit::node::storage
