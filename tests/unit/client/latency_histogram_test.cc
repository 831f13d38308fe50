#include "cachekit/latency_histogram.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>
#include <vector>

#include "client/metrics/latency_recorder.h"
#include "tests/support/seed.h"

namespace cachekit {
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
  const FineLatencyHistogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.quantile(0.99) == nanoseconds(0));
  CHECK(histogram.mean() == nanoseconds(0));
}

TEST_CASE("one value is every percentile, exactly") {
  FineLatencyHistogram histogram;
  histogram.record(nanoseconds(123));
  CHECK(histogram.quantile(0) == nanoseconds(123));
  CHECK(histogram.quantile(0.5) == nanoseconds(123));
  CHECK(histogram.quantile(1) == nanoseconds(123));
  CHECK(histogram.maximum() == nanoseconds(123));
}

TEST_CASE("small values are exact") {
  FineLatencyHistogram histogram;
  for (int value = 1; value <= 100; ++value) histogram.record(nanoseconds(value));
  CHECK(histogram.quantile(0.5) == nanoseconds(50));
  CHECK(histogram.quantile(0.99) == nanoseconds(99));
  CHECK(histogram.mean() == nanoseconds(51));
}

TEST_CASE("every value up to the limit is right to one percent") {
  for (double value = 1; value < 1e12; value *= 1.0137) {
    FineLatencyHistogram histogram;
    const nanoseconds recorded(static_cast<std::int64_t>(value));
    histogram.record(recorded);
    histogram.record(recorded * 2);
    CHECK(within_one_percent(histogram.quantile(0.5), recorded));
  }
}

TEST_CASE("percentiles of random values are right to one percent") {
  std::mt19937_64 random(test::seed());
  std::lognormal_distribution<double> latency(12, 2);
  FineLatencyHistogram histogram;
  std::vector<std::int64_t> values;
  for (int count = 0; count < 50'000; ++count) {
    values.push_back(static_cast<std::int64_t>(latency(random)) + 1);
    histogram.record(nanoseconds(values.back()));
  }
  std::ranges::sort(values);
  for (const double percent : {1.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    CHECK(within_one_percent(histogram.quantile(percent / 100), exact_percentile(values, percent)));
  }
  CHECK(histogram.maximum() == nanoseconds(values.back()));
}

TEST_CASE("two histograms add up to the one of all values") {
  FineLatencyHistogram first;
  FineLatencyHistogram second;
  FineLatencyHistogram both;
  for (int value = 1; value < 5000; ++value) {
    (value % 3 == 0 ? first : second).record(nanoseconds(value * 97));
    both.record(nanoseconds(value * 97));
  }
  first.merge(second);
  CHECK(first.count() == both.count());
  CHECK(first.quantile(0.99) == both.quantile(0.99));
  CHECK(first.maximum() == both.maximum());
  CHECK(first.mean() == both.mean());
}

TEST_CASE("a clock that went back counts as zero, and an hour as the limit") {
  FineLatencyHistogram histogram;
  histogram.record(nanoseconds(-5));
  CHECK(histogram.quantile(0.5) == nanoseconds(0));
  histogram.record(std::chrono::hours(1));
  CHECK(histogram.count() == 2);
  CHECK(histogram.maximum() == std::chrono::hours(1));
  CHECK(histogram.quantile(1) > std::chrono::minutes(18));
}

TEST_CASE("the client's histogram is right to its own relative error") {
  for (double value = 1; value < 1e12; value *= 1.0137) {
    LatencyHistogram histogram;
    const nanoseconds recorded(static_cast<std::int64_t>(value));
    histogram.record(recorded);
    histogram.record(recorded * 2);
    const auto difference = static_cast<double>((histogram.quantile(0.5) - recorded).count());
    CHECK(std::abs(difference) <= LatencyHistogram::relative_error * value + 1);
  }
}

TEST_CASE("what is not longer than a bound is counted, right to the same error of the bound") {
  LatencyHistogram histogram;
  for (int value = 1; value <= 10'000; ++value) histogram.record(nanoseconds(value));
  CHECK(histogram.count_up_to(nanoseconds(-1)) == 0);
  CHECK(histogram.count_up_to(nanoseconds(20)) == 20);
  const auto half = static_cast<double>(histogram.count_up_to(nanoseconds(5000)));
  CHECK(std::abs(half - 5000) <= LatencyHistogram::relative_error * 5000);
  CHECK(histogram.count_up_to(std::chrono::hours(2)) == 10'000);
}

TEST_CASE("the sum is exact") {
  LatencyHistogram histogram;
  histogram.record(std::chrono::seconds(2));
  histogram.record(std::chrono::milliseconds(500));
  CHECK(histogram.sum().count() == doctest::Approx(2.5));
}

TEST_CASE("nothing is lost of what many threads record at once") {
  metrics::LatencyRecorder recorder;
  constexpr int threads = 4;
  constexpr int values = 10'000;
  std::vector<std::thread> all;
  for (int thread = 0; thread < threads; ++thread) {
    all.emplace_back([&] {
      for (int value = 1; value <= values; ++value) recorder.record(nanoseconds(value * 100));
    });
  }
  for (std::thread& thread : all) thread.join();
  LatencyHistogram told;
  recorder.add_to(told);
  CHECK(told.count() == threads * values);
  CHECK(told.sum().count() == doctest::Approx(threads * 100e-9 * values * (values + 1) / 2));
  CHECK(told.maximum() == nanoseconds(values * 100));
  CHECK(told.quantile(0.5).count() ==
        doctest::Approx(values * 50).epsilon(LatencyHistogram::relative_error));
}

TEST_CASE("several durations of one length are recorded at once") {
  metrics::LatencyRecorder recorder;
  recorder.record(nanoseconds(1000), 3);
  recorder.record(nanoseconds(-1));
  LatencyHistogram told;
  recorder.add_to(told);
  CHECK(told.count() == 4);
  CHECK(told.sum().count() == doctest::Approx(3e-6));
}

}  // namespace
}  // namespace cachekit
