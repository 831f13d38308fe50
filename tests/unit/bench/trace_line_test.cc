#include "bench/load/trace_line.h"

#include <doctest/doctest.h>

namespace cachekit::bench {
namespace {

std::string error_of(std::string_view line, double scale = 1) {
  const auto request = parse_trace_line(line, 12, scale);
  return request ? "" : request.error().message();
}

TEST_CASE("a key and a size") {
  CHECK(parse_trace_line("abc 500", 1, 1) == TraceRequest{"abc", 500});
}

TEST_CASE("a key may hold blanks, the size stands behind the last") {
  CHECK(parse_trace_line("a b 7", 1, 1) == TraceRequest{"a b", 7});
}

TEST_CASE("sizes are scaled and rounded") {
  CHECK(parse_trace_line("k 500", 1, 8) == TraceRequest{"k", 4000});
  CHECK(parse_trace_line("k 5", 1, 0.5) == TraceRequest{"k", 3});
}

TEST_CASE("a bad line is named, with what was expected") {
  CHECK(error_of("abc") == "line 12 of the trace is \"abc\", but `<key> <size>` was expected");
  CHECK(error_of(" 5") == "line 12 of the trace is \" 5\", but `<key> <size>` was expected");
  CHECK(error_of("abc x1").find("a size in bytes was expected") != std::string::npos);
  CHECK(error_of("abc -1").find("a size in bytes was expected") != std::string::npos);
  CHECK(error_of("abc 5 ").find("a size in bytes was expected") != std::string::npos);
}

TEST_CASE("a value that no node can hold is refused") {
  CHECK(error_of("k 536870912").empty());
  CHECK_FALSE(error_of("k 536870913").empty());
  CHECK_FALSE(error_of("k 1000000000", 2).empty());
  CHECK_FALSE(error_of("k 99999999999999999999").empty());
}

}  // namespace
}  // namespace cachekit::bench
