// How long it takes to find the shard of a key: with the hash of the key, and from a position that
// is hashed already. Keys are made beforehand, enough of them that no branch is learned by heart.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "protocol/key_hash.h"
#include "protocol/ring.h"

namespace cachekit::protocol {
namespace {

constexpr std::size_t key_count = 1 << 16;
constexpr std::uint64_t seed = 1;

Ring ring_of(std::int64_t shards, std::int64_t points) {
  std::vector<RingMember> members;
  for (std::int64_t i = 0; i < shards; ++i) members.push_back({fmt::format("shard-{}", i)});
  return Ring::build(members, static_cast<std::uint32_t>(points)).value();
}

// Keys of the canonical size of the load tool.
std::vector<std::string> make_keys(std::size_t size_bytes) {
  std::mt19937_64 random(seed);
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < key_count; ++i) {
    std::string key = fmt::format("key:{:016x}:", random());
    key.resize(size_bytes, 'k');
    keys.push_back(std::move(key));
  }
  return keys;
}

void find_shard_of_key(benchmark::State& state) {
  const Ring ring = ring_of(state.range(0), state.range(1));
  const auto keys = make_keys(static_cast<std::size_t>(state.range(2)));
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ring.member_of(keys[next++ % key_count]));
  }
}
BENCHMARK(find_shard_of_key)
    ->ArgNames({"shards", "points", "key_bytes"})
    ->ArgsProduct({{10, 100}, {150, 4096}, {16, 50}});

void find_shard_of_position(benchmark::State& state) {
  const Ring ring = ring_of(state.range(0), state.range(1));
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> positions(key_count);
  for (std::uint64_t& position : positions) position = random();
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ring.member_at(positions[next++ % key_count]));
  }
}
BENCHMARK(find_shard_of_position)
    ->ArgNames({"shards", "points"})
    ->ArgsProduct({{10, 100}, {150, 4096}});

void hash_key(benchmark::State& state) {
  const auto keys = make_keys(static_cast<std::size_t>(state.range(0)));
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(key_hash(keys[next++ % key_count]));
  }
}
BENCHMARK(hash_key)->ArgName("key_bytes")->Arg(16)->Arg(50)->Arg(200);

void build_ring(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ring_of(state.range(0), 4096));
}
BENCHMARK(build_ring)->ArgName("shards")->Arg(10)->Arg(100)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cachekit::protocol
