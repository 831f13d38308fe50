#include "bench/load/trace_line.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace cachekit::bench {
namespace {

// Enough of a bad line to recognise it.
constexpr std::size_t shown_bytes = 60;

Status bad_line(std::string_view line, std::uint64_t number, std::string_view expected) {
  return {Code::invalid_argument, fmt::format("line {} of the trace is \"{}\", but {}", number,
                                              line.substr(0, shown_bytes), expected)};
}

}  // namespace

Result<TraceRequest> parse_trace_line(std::string_view line, std::uint64_t line_number,
                                      double value_scale) {
  const std::size_t blank = line.rfind(' ');
  if (blank == std::string_view::npos || blank == 0) {
    return tl::unexpected(bad_line(line, line_number, "`<key> <size>` was expected"));
  }
  const std::string_view digits = line.substr(blank + 1);
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return tl::unexpected(bad_line(line, line_number, "a size in bytes was expected at its end"));
  }
  const double scaled = std::round(static_cast<double>(size) * value_scale);
  if (scaled > static_cast<double>(value_limit_bytes)) {
    return tl::unexpected(
        bad_line(line, line_number,
                 fmt::format("a value has at most {} bytes, scaled as asked", value_limit_bytes)));
  }
  return TraceRequest{std::string(line.substr(0, blank)), static_cast<std::size_t>(scaled)};
}

}  // namespace cachekit::bench
