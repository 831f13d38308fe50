// The hit ratio of a replayed trace is that of exact LRU, and every trace at hand completes.

#include <cachekit/cachekit.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/integration/lru_simulation.h"
#include "tests/integration/run_program.h"
#include "tests/integration/temporary_folder.h"
#include "tests/integration/trace_file.h"
#include "tests/support/sanitizers.h"
#include "tests/support/seed.h"

namespace cachekit::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t value_bytes = 500;

// Small limits keep the test short; the node's fixed memory must fit in.
const std::string memory_limit = "8mb";

bool long_form() { return std::getenv("CACHEKIT_TEST_LONG") != nullptr; }

// A hot set that drifts slowly over a wide range, so that recency matters.
std::vector<std::string> drifting_requests(std::size_t count) {
  std::mt19937_64 random(seed());
  std::exponential_distribution<double> distance(1.0 / 12'000);
  std::vector<std::string> keys;
  for (std::size_t index = 0; index < count; ++index) {
    const auto key = static_cast<std::uint64_t>(static_cast<double>(index) / 4 + distance(random));
    // Of one length, so that all entries are of one size.
    keys.push_back(std::to_string(10'000'000 + key));
  }
  return keys;
}

LocalCluster start_limited_node() {
  LocalClusterOptions options;
  options.shards = 1;
  options.node_flags = {"--maxmemory=" + memory_limit, "--eviction=lru"};
  auto cluster = LocalCluster::start(std::move(options));
  REQUIRE(cluster);
  return *std::move(cluster);
}

// Writes keys of the trace's length until the node evicts, and tells how many it keeps.
std::size_t measure_capacity(const LocalCluster& cluster) {
  auto client = Client::connect(cluster.url());
  REQUIRE(client);
  constexpr int enough = 40'000;
  for (int begin = 0; begin < enough; begin += 500) {
    Pipeline pipeline = client->pipeline();
    for (int number = begin; number < begin + 500; ++number) {
      pipeline.set(std::to_string(50'000'000 + number), std::string(value_bytes, 'v'));
    }
    REQUIRE(pipeline.execute().ok());
  }
  const std::string node = cluster.nodes()[0].address;
  const auto size = client->command_on(node, {"DBSIZE"});
  REQUIRE(size);
  const auto* entries = size->get_if<std::int64_t>();
  REQUIRE(entries != nullptr);
  REQUIRE(*entries < enough);
  return static_cast<std::size_t>(*entries);
}

nlohmann::json replay(const fs::path& trace, const std::string& flags) {
  const ProgramRun run = run_quietly("cachekit-bench --allow-debug --json --timeout 10 --trace " +
                                     trace.string() + " " + flags);
  INFO(run.output);
  REQUIRE(run.exit_code == 0);
  return nlohmann::json::parse(run.output);
}

double simulate(const std::vector<std::string>& keys, std::size_t capacity) {
  LruSimulation simulation(capacity);
  const auto hits =
      std::ranges::count_if(keys, [&](const std::string& key) { return simulation.access(key); });
  return static_cast<double>(hits) / static_cast<double>(keys.size());
}

constexpr int in_short = sanitized ? 30'000 : 80'000;

TEST_CASE("the hit ratio of a replayed trace is that of exact LRU within one point") {
  const TemporaryFolder folder;
  const auto keys = drifting_requests(long_form() ? 400'000 : in_short);
  write_trace(folder.path() / "drift.zst", keys, value_bytes);

  std::size_t capacity = 0;
  {
    const LocalCluster node = start_limited_node();
    capacity = measure_capacity(node);
  }
  const LocalCluster fresh_node = start_limited_node();
  const auto report = replay(folder.path() / "drift.zst", "--threads 1 --url " + fresh_node.url());

  const double expected = simulate(keys, capacity);
  const double measured = report.at("hit_ratio").get<double>();
  MESSAGE("capacity " << capacity << " entries, hit ratio " << measured << ", LRU " << expected);
  CHECK(report.at("requests").get<std::size_t>() ==
        keys.size() + report.at("misses").get<std::size_t>());
  CHECK(report.at("errors") == 0);
  CHECK(report.at("nodes").at(0).at("evicted").get<int>() > 1000);
  CHECK(std::abs(measured - expected) < 0.01);
  // A trace that everything or nothing hits would prove nothing.
  CHECK(expected > 0.2);
  CHECK(expected < 0.95);
}

TEST_CASE("threads and pipelines keep each key's requests in order") {
  const TemporaryFolder folder;
  // Every key comes three times in a row: a miss and two hits, if in order.
  std::vector<std::string> keys;
  for (int number = 0; number < 3000; ++number) {
    for (int time = 0; time < 3; ++time) keys.push_back("key" + std::to_string(number));
  }
  write_trace(folder.path() / "triples.zst", keys, 100);
  const auto report = replay(folder.path() / "triples.zst", "--threads 4 --pipeline 16");
  CHECK(report.at("misses") == 3000);
  CHECK(report.at("hits") == 6000);
}

TEST_CASE("sizes are those of the trace, scaled") {
  const TemporaryFolder folder;
  write_trace(folder.path() / "one.zst", {"key"}, 100);
  const LocalCluster cluster = start_limited_node();
  replay(folder.path() / "one.zst", "--value-scale 7 --url " + cluster.url());
  auto client = Client::connect(cluster.url());
  REQUIRE(client);
  const auto length = client->strlen("key");
  REQUIRE(length);
  CHECK(*length == 700);
}

TEST_CASE("every public trace at hand completes") {
  const fs::path traces = fs::path(CACHEKIT_SOURCE_DIR).parent_path() / "shared" / "traces";
  if (!fs::exists(traces)) {
    std::cout << "skipped: no traces in " << traces.string() << std::endl;
    return;
  }
  for (const auto& entry : fs::directory_iterator(traces)) {
    if (entry.path().extension() != ".zst") continue;
    const std::string prefix = long_form() ? "" : "--requests 4000 ";
    const auto report = replay(entry.path(), prefix + "--node-flag=--maxmemory=64mb");
    MESSAGE(entry.path().filename().string() << ": hit ratio " << report.at("hit_ratio"));
    CHECK(report.at("errors") == 0);
    CHECK(report.at("requests").get<int>() > 4000);
  }
}

}  // namespace
}  // namespace cachekit::test
