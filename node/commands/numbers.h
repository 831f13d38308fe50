// Numbers as commands and values write them, read exactly as strictly as Redis reads them.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/integer.h"

namespace cachekit::node::commands {

using protocol::parse_integer;

/// Whatever strtold reads, infinity included and NaN excluded, without blanks around it.
std::optional<long double> parse_float(std::string_view text);

/// Up to 17 digits behind the point, without trailing zeros, never with an exponent.
std::string format_float(long double value);

}  // namespace cachekit::node::commands
