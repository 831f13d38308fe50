#include "bench/load/zipf_distribution.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/support/seed.h"

namespace cachekit::bench {
namespace {

constexpr int draws = 200'000;

std::vector<int> draw(std::uint64_t count, double exponent) {
  std::mt19937_64 random(test::seed());
  const ZipfDistribution distribution(count, exponent);
  std::vector<int> seen(count + 1);
  for (int time = 0; time < draws; ++time) ++seen.at(distribution(random));
  return seen;
}

// The sum of squared differences over what was expected. Its mean is the number of classes less
// one, its variance twice that.
double chi_squared(const std::vector<int>& seen, double exponent) {
  double total = 0;
  for (std::size_t k = 1; k < seen.size(); ++k) total += std::pow(k, -exponent);
  double sum = 0;
  for (std::size_t k = 1; k < seen.size(); ++k) {
    const double expected = draws * std::pow(k, -exponent) / total;
    sum += std::pow(seen[k] - expected, 2) / expected;
  }
  return sum;
}

TEST_CASE("frequencies are those of the definition, below, at and above exponent 1") {
  constexpr std::uint64_t count = 200;
  constexpr double freedom = count - 1;
  // Seven deviations: a right generator fails less than once in a million seeds.
  const double bound = freedom + 7 * std::sqrt(2 * freedom);
  for (const double exponent : {0.2, 0.7, 0.99, 1.0, 1.0000000001, 1.2, 2.0}) {
    CAPTURE(exponent);
    const auto seen = draw(count, exponent);
    CHECK(seen[0] == 0);
    CHECK(chi_squared(seen, exponent) < bound);
  }
}

TEST_CASE("one key is always chosen") { CHECK(draw(1, 0.99)[1] == draws); }

TEST_CASE("a billion keys cost no table") {
  std::mt19937_64 random(test::seed());
  const ZipfDistribution distribution(1'000'000'000, 0.99);
  std::uint64_t first = 0;
  std::uint64_t largest = 0;
  for (int time = 0; time < draws; ++time) {
    const std::uint64_t k = distribution(random);
    CHECK((k >= 1 && k <= 1'000'000'000));
    first += k == 1 ? 1 : 0;
    largest = std::max(largest, k);
  }
  // 1 / H(10^9, 0.99), where H is about 23.6.
  CHECK(static_cast<double>(first) / draws == doctest::Approx(0.0424).epsilon(0.1));
  CHECK(largest > 100'000'000);
}

}  // namespace
}  // namespace cachekit::bench
