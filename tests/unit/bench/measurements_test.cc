#include "bench/load/measurements.h"

#include <doctest/doctest.h>

namespace cachekit::bench {
namespace {

using std::chrono::microseconds;

Measurements sample(std::uint64_t hits, const std::string& error) {
  Measurements measurements;
  measurements.get_latency.record(microseconds(10));
  measurements.set_latency.record(microseconds(20));
  measurements.hits = hits;
  measurements.misses = 1;
  measurements.errors[error] = 2;
  measurements.first_error = error + " happened";
  return measurements;
}

TEST_CASE("threads add up") {
  Measurements sum;
  sum.add(sample(3, "unavailable"));
  sum.add(sample(5, "deadline_exceeded"));
  sum.add(sample(0, "unavailable"));
  CHECK(sum.operations() == 6);
  CHECK(sum.hits == 8);
  CHECK(sum.misses == 3);
  CHECK(sum.error_count() == 6);
  CHECK(sum.errors.at("unavailable") == 4);
  CHECK(sum.first_error == "unavailable happened");
  CHECK(sum.all_latency().count() == 6);
}

TEST_CASE("the hit ratio is of the answered GETs, and zero without any") {
  CHECK(Measurements().hit_ratio() == 0);
  CHECK(sample(3, "unavailable").hit_ratio() == 0.75);
}

}  // namespace
}  // namespace cachekit::bench
