#include "bench/load/key_chooser.h"

#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "tests/support/seed.h"

namespace cachekit::bench {
namespace {

std::set<std::uint64_t> choose(KeyChooser chooser, int times) {
  std::mt19937_64 random(test::seed());
  std::set<std::uint64_t> chosen;
  for (int time = 0; time < times; ++time) chosen.insert(chooser(random));
  return chosen;
}

TEST_CASE("sequential goes round from its first key") {
  KeyChooser chooser(Distribution::sequential, 3, 0.99, 2);
  std::mt19937_64 random;
  std::vector<std::uint64_t> chosen;
  for (int time = 0; time < 5; ++time) chosen.push_back(chooser(random));
  CHECK(chosen == std::vector<std::uint64_t>{2, 0, 1, 2, 0});
}

TEST_CASE("uniform reaches every key and none beyond") {
  const auto chosen = choose(KeyChooser(Distribution::uniform, 20, 0.99, 0), 5000);
  CHECK(chosen.size() == 20);
  CHECK(*chosen.rbegin() == 19);
}

TEST_CASE("zipf begins with key 0 and ends with the last") {
  const auto chosen = choose(KeyChooser(Distribution::zipf, 5, 0.99, 0), 5000);
  CHECK(chosen == std::set<std::uint64_t>{0, 1, 2, 3, 4});
}

}  // namespace
}  // namespace cachekit::bench
