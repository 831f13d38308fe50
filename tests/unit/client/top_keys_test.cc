// Which keys are hot: the sketch, its decay, and what samples and threads make of it.

#include "client/hotkeys/top_keys.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "client/hotkeys/hot_keys.h"
#include "protocol/key_hash.h"
#include "tests/support/seed.h"

namespace cachekit::hotkeys {
namespace {

using namespace std::chrono_literals;

constexpr Time start{1h};

std::string key(std::size_t number) { return "user:" + std::to_string(number); }

void add(TopKeys& keys, const std::string& key, double reads, Time now) {
  keys.add(key, protocol::hash_bytes(key), reads, 0, now);
}

// Ranks 0, 1, …, the first the most frequent.
std::discrete_distribution<std::size_t> zipf(std::size_t keys, double exponent) {
  std::vector<double> weights(keys);
  for (std::size_t i = 0; i < keys; ++i) {
    weights[i] = std::pow(static_cast<double>(i + 1), -exponent);
  }
  return {weights.begin(), weights.end()};
}

TEST_CASE("the top ten of a zipf stream are found, with rates right to a tenth") {
  std::mt19937_64 random(test::seed());
  constexpr double per_second = 20'000;
  auto draw = zipf(100'000, 0.99);
  TopKeys keys(256, 10s);
  Time now = start;
  for (int i = 0; i < 40 * per_second; ++i) {
    now += Duration(static_cast<Duration::rep>(1e9 / per_second));
    add(keys, key(draw(random)), 1, now);
  }
  const auto top = keys.top(10, now);
  REQUIRE(top.size() == 10);
  const std::vector<double> shares = draw.probabilities();
  std::set<std::string> found;
  for (const TopKeys::Found& hot : top) {
    found.emplace(hot.key);
    const std::size_t rank = std::stoul(std::string(hot.key.substr(5)));
    CHECK(hot.reads_per_second == doctest::Approx(shares[rank] * per_second).epsilon(0.1));
    CHECK(hot.excess_per_second <= 0.1 * hot.reads_per_second);
  }
  for (std::size_t rank = 0; rank < 9; ++rank) CHECK(found.contains(key(rank)));
}

TEST_CASE("no key with more than its share of the counters is missed, and no rate is too low") {
  std::mt19937_64 random(test::seed());
  constexpr std::size_t counters = 20;
  TopKeys keys(counters, 1h);
  std::vector<double> exact(200);
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t drawn = std::min<std::size_t>(random() % 200, random() % 200);
    ++exact[drawn];
    add(keys, key(drawn), 1, start);
  }
  for (const TopKeys::Found& hot : keys.top(counters, start)) {
    const double count = exact[std::stoul(std::string(hot.key.substr(5)))];
    CHECK(hot.reads_per_second >= 0.999 * count);
    CHECK(hot.reads_per_second - hot.excess_per_second <= 1.001 * count);
  }
}

TEST_CASE("what was a half-life ago counts half") {
  TopKeys keys(8, 10s);
  for (int i = 0; i < 1000; ++i) add(keys, "before", 1, start);
  add(keys, "now", 500, start + 10s);
  const auto top = keys.top(2, start + 10s);
  CHECK(top[0].reads_per_second == doctest::Approx(top[1].reads_per_second));
}

TEST_CASE("a new hot key takes the place of an old one, however long that was hot") {
  TopKeys keys(8, 1s);
  Time now = start;
  for (; now < start + 1000s; now += 10ms) add(keys, "old", 1, now);
  for (; now < start + 1010s; now += 10ms) add(keys, "new", 1, now);
  const auto top = keys.top(2, now);
  CHECK(top[0].key == "new");
  CHECK(top[0].reads_per_second == doctest::Approx(100).epsilon(0.05));
  CHECK(top[1].reads_per_second < 1);
}

TEST_CASE("after years of silence nothing is left, and nothing is wrong") {
  TopKeys keys(8, 1s);
  add(keys, "old", 1e6, start);
  CHECK(keys.top(1, start + 24h * 3650)[0].reads_per_second == doctest::Approx(0));
  add(keys, "new", 8, start + 24h * 3650);
  CHECK(keys.top(1, start + 24h * 3650)[0].key == "new");
}

TEST_CASE("a few keys at the beginning do not look hot") {
  TopKeys keys(8, 10s);
  add(keys, "k", 8, start);
  CHECK(keys.top(1, start)[0].reads_per_second <= 8.5);
}

TEST_CASE("a thread whose clock is behind does no harm") {
  TopKeys keys(8, 1s);
  add(keys, "k", 1, start);
  add(keys, "k", 1, start - 1s);
  CHECK(keys.top(1, start)[0].reads_per_second > 0);
}

TEST_CASE("reads and writes are told apart") {
  TopKeys keys(8, 10s);
  keys.add("k", 1, 30, 10, start);
  const auto top = keys.top(1, start + 1s);
  CHECK(top[0].reads_per_second == doctest::Approx(3 * top[0].writes_per_second));
}

TEST_CASE("an empty sketch tells nothing") { CHECK(TopKeys(8, 1s).top(8, start).empty()); }

TEST_CASE("what was not looked at raises all rates in proportion") {
  TopKeys keys(8, 10s);
  add(keys, "a", 30, start);
  add(keys, "b", 10, start);
  const double before = keys.top(1, start)[0].reads_per_second;
  keys.add_unseen(40, start);
  const auto top = keys.top(2, start);
  CHECK(top[0].reads_per_second == doctest::Approx(2 * before));
  CHECK(top[0].reads_per_second == doctest::Approx(3 * top[1].reads_per_second));
}

TEST_CASE("samples of many threads come to the rates of all that they ask for") {
  HotKeys hot_keys({.keys = 4, .half_life = 10s});
  constexpr int threads = 4;
  constexpr int calls = 100'000;
  std::vector<std::thread> all;
  for (int thread = 0; thread < threads; ++thread) {
    all.emplace_back([&] {
      for (int i = 0; i < calls; ++i) {
        hot_keys.note_call(i % 4 == 0 ? "colder" : "hot", false, start);
        hot_keys.note_near_hit("near", start);
      }
    });
  }
  for (std::thread& thread : all) thread.join();
  const std::vector<HotKey> top = hot_keys.top(start);
  REQUIRE(top.size() == 3);
  const auto rate = [&](const std::string& key) {
    return std::ranges::find(top, key, &HotKey::key)->reads_per_second;
  };
  // One second's worth of them.
  CHECK(rate("hot") == doctest::Approx(0.75 * threads * calls).epsilon(0.15));
  CHECK(rate("colder") == doctest::Approx(0.25 * threads * calls).epsilon(0.15));
  CHECK(rate("near") == doctest::Approx(threads * calls).epsilon(0.15));
}

TEST_CASE("a key is hot for reading once it is read often enough, and cools down") {
  HotKeys hot_keys({.keys = 4, .half_life = 1s, .spread_reads = true, .hot_reads_per_second = 500});
  const auto read = [&](int times, Time now) {
    for (int i = 0; i < times; ++i) hot_keys.note_call("k", false, now);
  };
  read(100, start);
  CHECK_FALSE(hot_keys.is_hot("k"));
  read(2000, start + 200ms);
  read(100, start + 400ms);
  CHECK(hot_keys.is_hot("k"));
  CHECK_FALSE(hot_keys.is_hot("other"));
  for (int i = 0; i < 100; ++i) hot_keys.note_call("other", false, start + 10s);
  CHECK_FALSE(hot_keys.is_hot("k"));
}

TEST_CASE("a key that is written often is not hot for reading") {
  HotKeys hot_keys({.keys = 4, .half_life = 1s, .spread_reads = true, .hot_reads_per_second = 500});
  for (int i = 0; i < 5000; ++i) hot_keys.note_call("k", true, start + i * 1ms);
  CHECK_FALSE(hot_keys.is_hot("k"));
  CHECK(hot_keys.top(start + 5s)[0].writes_per_second > 500);
}

TEST_CASE("keys too long to be remembered are left out") {
  HotKeys hot_keys({.keys = 4});
  const std::string long_key(HotKeys::longest_key_bytes + 1, 'k');
  for (int i = 0; i < 1000; ++i) hot_keys.note_call(long_key, false, start);
  CHECK(hot_keys.top(start).empty());
}

}  // namespace
}  // namespace cachekit::hotkeys
