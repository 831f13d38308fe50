// Numbers as commands and values write them, read exactly as strictly as Redis reads them.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cachekit::node::commands {

/// A decimal integer in its only spelling: no blank, no plus sign, no leading zero, no "-0".
std::optional<std::int64_t> parse_integer(std::string_view text);

/// Whatever strtold reads, infinity included and NaN excluded, without blanks around it.
std::optional<long double> parse_float(std::string_view text);

/// Up to 17 digits behind the point, without trailing zeros, never with an exponent.
std::string format_float(long double value);

}  // namespace cachekit::node::commands
