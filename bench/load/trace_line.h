// One request of a trace: a line `<key> <size in bytes>`.
//
// Values; no thread rule.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cachekit/status.h"

namespace cachekit::bench {

/// What a node can hold under one key.
inline constexpr std::size_t value_limit_bytes = std::size_t{512} << 20;

struct TraceRequest {
  std::string key;
  std::size_t size_bytes = 0;

  bool operator==(const TraceRequest&) const = default;
};

/// `line` has no newline; its number, from 1, is for the message. The size is multiplied by
/// `value_scale` and must not pass value_limit_bytes then. Fails with invalid_argument.
Result<TraceRequest> parse_trace_line(std::string_view line, std::uint64_t line_number,
                                      double value_scale);

}  // namespace cachekit::bench
