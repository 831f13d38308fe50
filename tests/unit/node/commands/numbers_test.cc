#include "node/commands/numbers.h"

#include <doctest/doctest.h>

#include <limits>

namespace cachekit::node::commands {
namespace {

TEST_CASE("integers have one spelling") {
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("-1") == -1);
  CHECK(parse_integer("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(parse_integer("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  for (const char* text : {"", "-", "+1", "01", "-0", "1 ", " 1", "1x", "9223372036854775808"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_integer(text));
  }
}

TEST_CASE("floats are read in any spelling of C, but without blanks") {
  CHECK(parse_float("1.5") == 1.5L);
  CHECK(parse_float("1e3") == 1000.0L);
  CHECK(parse_float("0x10") == 16.0L);
  CHECK(parse_float("inf"));
  for (const char* text : {"", "x", " 1", "1 ", "1x", "nan", "1e99999", "1e-99999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_float(text));
  }
  CHECK_FALSE(parse_float(std::string(10'000, '1')));
}

TEST_CASE("floats are written without exponent and trailing zeros") {
  CHECK(format_float(0.0L) == "0");
  CHECK(format_float(-0.0L) == "0");
  CHECK(format_float(10.0L) == "10");
  CHECK(format_float(-1.5L) == "-1.5");
  CHECK(format_float(0.1L + 0.2L) == "0.3");
  CHECK(format_float(1e17L) == "100000000000000000");
}

}  // namespace
}  // namespace cachekit::node::commands
