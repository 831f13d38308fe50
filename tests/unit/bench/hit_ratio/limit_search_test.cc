#include "bench/hit_ratio/limit_search.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <functional>

namespace cachekit::test {
namespace {

using bench::hit_ratio::LimitSearch;

constexpr std::size_t mebibyte = std::size_t{1} << 20;

struct Outcome {
  std::size_t best = 0;
  int runs = 0;
};

// What a search finds for a server that takes so much with a setting.
Outcome search(std::size_t limit, std::size_t unit, int most_runs,
               const std::function<std::size_t(std::size_t)>& taken) {
  LimitSearch search(limit, unit, most_runs);
  int runs = 0;
  while (const auto setting = search.next()) {
    CHECK(*setting % unit == 0);
    CHECK(*setting > 0);
    search.note(*setting, taken(*setting));
    REQUIRE(++runs <= most_runs);
  }
  return {search.best().value_or(0), runs};
}

TEST_CASE("limit search: a server that takes what it is given is done at once") {
  const auto found =
      search(16 * mebibyte, mebibyte, 6, [](std::size_t setting) { return setting; });
  CHECK(found.best == 16 * mebibyte);
  CHECK(found.runs == 1);
}

TEST_CASE("limit search: a fixed extra is found with the second run") {
  const auto found =
      search(16 * mebibyte, 4096, 6, [](std::size_t setting) { return setting + 2 * mebibyte; });
  CHECK(found.best > 13 * mebibyte);
  CHECK(found.best <= 14 * mebibyte);
  CHECK(found.runs == 2);
}

TEST_CASE("limit search: what takes twice its setting gets half the limit") {
  const auto found =
      search(100 * mebibyte, 4096, 12, [](std::size_t setting) { return 2 * setting; });
  CHECK(found.best <= 50 * mebibyte);
  CHECK(found.best > 49 * mebibyte);
}

TEST_CASE("limit search: what takes half of its setting gets twice the limit") {
  const auto found =
      search(100 * mebibyte, 4096, 12, [](std::size_t setting) { return setting / 2; });
  CHECK(found.best <= 200 * mebibyte);
  CHECK(found.best > 196 * mebibyte);
}

TEST_CASE("limit search: in whole units the largest that fits") {
  const auto found = search(16 * mebibyte, mebibyte, 6,
                            [](std::size_t setting) { return setting + mebibyte / 2; });
  CHECK(found.best == 15 * mebibyte);
}

TEST_CASE("limit search: nothing where even the least setting takes too much") {
  const auto found = search(27 * mebibyte, mebibyte, 10, [](std::size_t) { return 40 * mebibyte; });
  CHECK(found.best == 0);
}

TEST_CASE("limit search: ends after the runs that it was given") {
  const auto found = search(1000 * mebibyte, 1, 3, [](std::size_t setting) { return 3 * setting; });
  CHECK(found.runs == 3);
}

}  // namespace
}  // namespace cachekit::test
