#include "node/storage/hash_table.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "tests/support/seed.h"

namespace cachekit::node::storage {
namespace {

// A table that owns its entries.
struct Fixture {
  HashTable table;
  std::map<std::string, Entry*> entries;

  ~Fixture() {
    for (const auto& [key, entry] : entries) destroy_entry(entry);
  }

  void insert(const std::string& key) {
    Entry* const entry = create_entry(key, HashTable::hash(key), {"v"});
    entries[key] = entry;
    table.insert(entry);
  }
  void remove(const std::string& key) {
    table.remove(entries.at(key));
    destroy_entry(entries.at(key));
    entries.erase(key);
  }
  Entry* find(const std::string& key) const { return table.find(key, HashTable::hash(key)); }
};

TEST_CASE_FIXTURE(Fixture, "it holds what was inserted and not removed") {
  std::mt19937_64 random(test::seed());
  for (int phase = 0; phase < 4; ++phase) {
    const std::uint64_t removals_in_ten = phase % 2 == 0 ? 2 : 8;
    for (int i = 0; i < 20'000; ++i) {
      const std::string key = std::to_string(random() % 10'000);
      const bool remove_it = random() % 10 < removals_in_ten;
      if (entries.contains(key) && remove_it) {
        remove(key);
      } else if (!entries.contains(key) && !remove_it) {
        insert(key);
      }
    }
    CHECK(table.size() == entries.size());
    for (int i = 0; i < 10'000; ++i) {
      const std::string key = std::to_string(i);
      const auto held = entries.find(key);
      REQUIRE(find(key) == (held != entries.end() ? held->second : nullptr));
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "it grows one bucket at a time and shrinks as it empties") {
  for (int i = 0; i < 5000; ++i) {
    const std::size_t before = table.bucket_count();
    insert(std::to_string(i));
    REQUIRE(table.bucket_count() <= before + 1);
    REQUIRE(table.bucket_count() >= table.size());
  }
  for (int i = 0; i < 5000; ++i) {
    const std::size_t before = table.bucket_count();
    remove(std::to_string(i));
    REQUIRE(table.bucket_count() + 4 >= before);
  }
  CHECK(table.bucket_count() <= 8);
}

TEST_CASE_FIXTURE(Fixture, "its growth is foretold") {
  for (int i = 0; i < 5000; ++i) {
    const std::size_t allowed = table.bytes() + table.bytes_to_insert(1);
    insert(std::to_string(i));
    REQUIRE(table.bytes() <= allowed);
  }
}

TEST_CASE_FIXTURE(Fixture, "a replaced entry is found in the place of the old one") {
  for (int i = 0; i < 10; ++i) insert(std::to_string(i));
  Entry* const fresh = create_entry("5", HashTable::hash("5"), {"w"});
  table.replace(entries["5"], fresh);
  destroy_entry(entries["5"]);
  entries["5"] = fresh;
  CHECK(find("5") == fresh);
  CHECK(table.size() == 10);
}

// Inserts and removes at random between the steps of a walk, so that buckets are split and merged
// under it, and counts how often the walk meets each key that stays.
TEST_CASE_FIXTURE(Fixture,
                  "a walk meets every key that stays exactly once, whatever comes and goes") {
  std::mt19937_64 random(test::seed());
  for (int round = 0; round < 20; ++round) {
    CAPTURE(round);
    const auto target = random() % 600;
    int next_key = 0;
    const auto drift_to = [&](std::size_t size, const std::set<std::string>& staying) {
      while (table.size() < size) insert(std::to_string(round) + "/" + std::to_string(next_key++));
      for (auto entry = entries.begin(); entry != entries.end() && table.size() > size;) {
        const std::string key = (entry++)->first;
        if (!staying.contains(key)) remove(key);
      }
    };
    drift_to(random() % 600, {});
    std::set<std::string> staying;
    for (const auto& [key, entry] : entries) {
      if (random() % 4 == 0) staying.insert(key);
    }
    std::map<std::string, int> met;
    HashTable::Position position = 0;
    do {
      position = table.visit_bucket(position, [&](Entry& e) { ++met[std::string(e.key())]; });
      const std::size_t step = 1 + random() % 40;
      const bool growing = table.size() < target ? random() % 4 != 0 : random() % 4 == 0;
      const std::size_t size = table.size();
      drift_to(growing ? size + step : size - std::min(size, step), staying);
    } while (position != 0 && met.size() < 100'000);
    REQUIRE(position == 0);
    for (const auto& key : staying) REQUIRE(met[key] == 1);
  }
}

TEST_CASE("positions stay below 2^48") {
  CHECK(HashTable::position(~std::uint64_t{0}) == (std::uint64_t{1} << 48) - 1);
  CHECK(HashTable::position(1) == std::uint64_t{1} << 47);
}

}  // namespace
}  // namespace cachekit::node::storage
