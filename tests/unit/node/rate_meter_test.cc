#include "node/rate_meter.h"

#include <doctest/doctest.h>

namespace cachekit::test {
namespace {

using node::RateMeter;

TEST_CASE("a steady rate is found") {
  RateMeter meter;
  for (std::uint64_t i = 0; i <= RateMeter::sample_count; ++i) {
    meter.sample(i * 50, static_cast<std::int64_t>(i) * 100);
  }
  CHECK(meter.per_second() == 500);
}

TEST_CASE("without samples, or with time standing still, the rate is nothing") {
  RateMeter meter;
  CHECK(meter.per_second() == 0);
  meter.sample(10, 100);
  meter.sample(20, 100);
  CHECK(meter.per_second() == 0);
}

}  // namespace
}  // namespace cachekit::test
