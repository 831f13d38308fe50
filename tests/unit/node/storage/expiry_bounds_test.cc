#include "node/storage/expiry_bounds.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tests/support/seed.h"

namespace cachekit::node::storage {
namespace {

TEST_CASE("without an expiry nothing is due, and nothing is taken") {
  const ExpiryBounds bounds(1000);
  CHECK(bounds.earliest() == never_due);
  CHECK_FALSE(bounds.due(never_due - 1, 0));
  CHECK(bounds.bytes() == 0);
}

TEST_CASE("the earliest bound and a due group are those of a plain array") {
  std::mt19937_64 random(test::seed());
  for (const std::size_t groups : {1U, 15U, 16U, 17U, 300U, 5000U}) {
    CAPTURE(groups);
    ExpiryBounds bounds(groups);
    std::vector<ExpiryTick> plain(groups, never_due);
    for (int i = 0; i < 5000; ++i) {
      const std::size_t group = random() % groups;
      const auto tick = random() % 8 == 0 ? never_due : static_cast<ExpiryTick>(random() % 10'000);
      if (random() % 2 == 0) {
        bounds.set(group, tick);
        plain[group] = tick;
      } else {
        bounds.lower(group, tick);
        plain[group] = std::min(plain[group], tick);
      }
      const ExpiryTick earliest = *std::min_element(plain.begin(), plain.end());
      REQUIRE(bounds.earliest() == earliest);
      const auto now = static_cast<ExpiryTick>(random() % 10'000);
      const auto due = bounds.due(now, random());
      REQUIRE(due.has_value() == (earliest <= now && earliest != never_due));
      if (due) REQUIRE(plain[*due] <= now);
    }
  }
}

TEST_CASE("which of the due groups comes first is left to chance") {
  ExpiryBounds bounds(256);
  for (std::size_t group = 0; group < 256; ++group) bounds.lower(group, 5);
  std::mt19937_64 random(test::seed());
  std::vector<int> chosen(256);
  for (int i = 0; i < 5000; ++i) ++chosen[*bounds.due(5, random())];
  CHECK(std::count(chosen.begin(), chosen.end(), 0) < 10);
}

}  // namespace
}  // namespace cachekit::node::storage
