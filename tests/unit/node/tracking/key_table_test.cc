#include "node/tracking/key_table.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

#include "tests/support/seed.h"

namespace cachekit::test {
namespace {

using node::tracking::KeyTable;
using node::tracking::TrackerNumber;
using Numbers = std::set<TrackerNumber>;

bool everybody(TrackerNumber) { return true; }

Numbers take(KeyTable& table, std::string_view key) {
  const auto taken = table.take(key);
  const Numbers numbers(taken.begin(), taken.end());
  CHECK(numbers.size() == taken.size());
  return numbers;
}

TEST_CASE("a key is remembered with each reader once, and forgotten when taken") {
  KeyTable table(1, everybody);
  table.remember("k", 7);
  table.remember("k", 3);
  table.remember("k", 7);
  table.remember("", 3);
  CHECK(table.size() == 2);
  CHECK(table.items() == 3);
  CHECK(take(table, "k") == Numbers{3, 7});
  CHECK(take(table, "k").empty());
  CHECK(take(table, "") == Numbers{3});
  CHECK(table.size() == 0);
  CHECK(table.items() == 0);
}

TEST_CASE("the table agrees with a model") {
  std::mt19937_64 random(seed());
  KeyTable table(random(), everybody);
  std::map<std::string, Numbers> model;
  for (int step = 0; step < 20'000; ++step) {
    const std::string key = "key:" + std::to_string(random() % 300);
    if (random() % 4 == 0) {
      REQUIRE(take(table, key) == model[key]);
      model.erase(key);
    } else {
      const auto client = static_cast<TrackerNumber>(1 + random() % 40);
      table.remember(key, client);
      model[key].insert(client);
    }
    std::erase_if(model, [](const auto& entry) { return entry.second.empty(); });
    REQUIRE(table.size() == model.size());
  }
  std::size_t items = 0;
  for (const auto& [key, clients] : model) items += clients.size();
  CHECK(table.items() == items);
}

TEST_CASE("clients that have left do not pile up under a key that nobody changes") {
  TrackerNumber newest = 0;
  KeyTable table(1, [&](TrackerNumber number) { return number + 3 > newest; });
  for (newest = 1; newest <= 10'000; ++newest) table.remember("hot", newest);
  --newest;
  CHECK(table.items() <= 16);
  const Numbers numbers = take(table, "hot");
  CHECK(numbers.contains(newest));
  CHECK(numbers.contains(newest - 2));
}

TEST_CASE("what is picked is there, and all of it is picked sooner or later") {
  std::mt19937_64 random(1);
  KeyTable table(1, everybody);
  for (int i = 0; i < 50; ++i) table.remember("key:" + std::to_string(i), 1);
  std::set<std::string> picked;
  for (int i = 0; i < 5'000; ++i) picked.insert(table.pick([&] { return random(); }));
  CHECK(picked.size() == 50);
}

TEST_CASE("what is cleared is forgotten at once, and its memory comes back in steps") {
  KeyTable table(1, everybody);
  CHECK(table.bytes() == 0);
  for (int i = 0; i < 10'000; ++i) table.remember("key:" + std::to_string(i), 1);
  const std::size_t full_bytes = table.bytes();
  CHECK(full_bytes < 10'000 * 100);
  table.clear();
  CHECK(table.size() == 0);
  CHECK(table.items() == 0);
  CHECK(table.bytes() > full_bytes * 9 / 10);
  table.remember("key:1", 2);
  CHECK(take(table, "key:1") == Numbers{2});
  int steps = 0;
  while (table.free_step()) ++steps;
  CHECK(steps > 9'000);
  constexpr std::size_t page_of_small_table = 5'000;
  CHECK(table.bytes() < page_of_small_table);
  table.clear();
  while (table.free_step()) continue;
  CHECK(table.bytes() == 0);
}

}  // namespace
}  // namespace cachekit::test
