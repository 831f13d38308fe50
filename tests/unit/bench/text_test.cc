#include "bench/load/text.h"

#include <doctest/doctest.h>

namespace cachekit::bench {
namespace {

TEST_CASE("thousands are set apart") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1000) == "1,000");
  CHECK(with_commas(1'234'567) == "1,234,567");
}

TEST_CASE("sizes have the unit that leaves few digits") {
  CHECK(size_text(512) == "512 B");
  CHECK(size_text(1536) == "1.5 KiB");
  CHECK(size_text(std::uint64_t{3} << 30) == "3.0 GiB");
}

TEST_CASE("latencies have three digits") {
  using std::chrono::microseconds;
  CHECK(latency_text(microseconds(123)) == "0.123 ms");
  CHECK(latency_text(microseconds(1234)) == "1.23 ms");
  CHECK(latency_text(microseconds(12'345)) == "12.3 ms");
  CHECK(latency_text(microseconds(123'456)) == "123 ms");
}

}  // namespace
}  // namespace cachekit::bench
