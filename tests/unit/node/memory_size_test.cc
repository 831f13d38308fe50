#include "node/memory_size.h"

#include <doctest/doctest.h>

namespace cachekit::test {
namespace {

using node::human_size;
using node::parse_memory_size;

TEST_CASE("sizes are read with their units") {
  CHECK(parse_memory_size("0") == 0);
  CHECK(parse_memory_size("1048576") == 1048576);
  CHECK(parse_memory_size("10b") == 10);
  CHECK(parse_memory_size("1k") == 1000);
  CHECK(parse_memory_size("1KB") == 1024);
  CHECK(parse_memory_size("5m") == 5'000'000);
  CHECK(parse_memory_size("512mb") == std::size_t{512} << 20);
  CHECK(parse_memory_size("2G") == 2'000'000'000);
  CHECK(parse_memory_size("1gb") == std::size_t{1} << 30);
}

TEST_CASE("anything else is not a size") {
  for (const auto text : {"", "x", "-1", "1.5gb", "1 gb", "1tb", " 1", "99999999999999999999",
                          "9223372036854775807kb"}) {
    CHECK_MESSAGE(!parse_memory_size(text), text);
  }
}

TEST_CASE("sizes are shown to people") {
  CHECK(human_size(0) == "0B");
  CHECK(human_size(1023) == "1023B");
  CHECK(human_size(1536) == "1.50K");
  CHECK(human_size(std::size_t{100} << 20) == "100.00M");
  CHECK(human_size(std::size_t{3} << 40) == "3.00T");
}

}  // namespace
}  // namespace cachekit::test
