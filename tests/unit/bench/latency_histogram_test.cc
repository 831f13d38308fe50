#include "bench/load/latency_histogram.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/support/seed.h"

namespace cachekit::bench {
namespace {

using std::chrono::nanoseconds;

nanoseconds exact_percentile(const std::vector<std::int64_t>& sorted, double percent) {
  const auto rank = static_cast<std::size_t>(
      std::max(1.0, std::ceil(percent / 100 * static_cast<double>(sorted.size()))));
  return nanoseconds(sorted[rank - 1]);
}

bool within_one_percent(nanoseconds value, nanoseconds exact) {
  const auto difference = std::abs(static_cast<double>((value - exact).count()));
  return difference <= 0.01 * static_cast<double>(exact.count());
}

TEST_CASE("an empty histogram answers zero") {
  const LatencyHistogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.percentile(99) == nanoseconds(0));
  CHECK(histogram.mean() == nanoseconds(0));
}

TEST_CASE("one value is every percentile, exactly") {
  LatencyHistogram histogram;
  histogram.record(nanoseconds(123));
  CHECK(histogram.percentile(0) == nanoseconds(123));
  CHECK(histogram.percentile(50) == nanoseconds(123));
  CHECK(histogram.percentile(100) == nanoseconds(123));
  CHECK(histogram.maximum() == nanoseconds(123));
}

TEST_CASE("small values are exact") {
  LatencyHistogram histogram;
  for (int value = 1; value <= 100; ++value) histogram.record(nanoseconds(value));
  CHECK(histogram.percentile(50) == nanoseconds(50));
  CHECK(histogram.percentile(99) == nanoseconds(99));
  CHECK(histogram.mean() == nanoseconds(51));
}

TEST_CASE("every value up to the limit is right to one percent") {
  for (double value = 1; value < 1e12; value *= 1.0137) {
    LatencyHistogram histogram;
    const nanoseconds recorded(static_cast<std::int64_t>(value));
    histogram.record(recorded);
    histogram.record(recorded * 2);
    CHECK(within_one_percent(histogram.percentile(50), recorded));
  }
}

TEST_CASE("percentiles of random values are right to one percent") {
  std::mt19937_64 random(test::seed());
  std::lognormal_distribution<double> latency(12, 2);
  LatencyHistogram histogram;
  std::vector<std::int64_t> values;
  for (int count = 0; count < 50'000; ++count) {
    values.push_back(static_cast<std::int64_t>(latency(random)) + 1);
    histogram.record(nanoseconds(values.back()));
  }
  std::ranges::sort(values);
  for (const double percent : {1.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    CHECK(within_one_percent(histogram.percentile(percent), exact_percentile(values, percent)));
  }
  CHECK(histogram.maximum() == nanoseconds(values.back()));
}

TEST_CASE("two histograms add up to the one of all values") {
  LatencyHistogram first;
  LatencyHistogram second;
  LatencyHistogram both;
  for (int value = 1; value < 5000; ++value) {
    (value % 3 == 0 ? first : second).record(nanoseconds(value * 97));
    both.record(nanoseconds(value * 97));
  }
  first.add(second);
  CHECK(first.count() == both.count());
  CHECK(first.percentile(99) == both.percentile(99));
  CHECK(first.maximum() == both.maximum());
  CHECK(first.mean() == both.mean());
}

TEST_CASE("a clock that went back counts as zero, and an hour as the limit") {
  LatencyHistogram histogram;
  histogram.record(nanoseconds(-5));
  CHECK(histogram.percentile(50) == nanoseconds(0));
  histogram.record(std::chrono::hours(1));
  CHECK(histogram.count() == 2);
  CHECK(histogram.maximum() == std::chrono::hours(1));
  CHECK(histogram.percentile(100) > std::chrono::minutes(18));
}

}  // namespace
}  // namespace cachekit::bench
