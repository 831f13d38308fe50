// The error replies that several commands share, in Redis's words.

#pragma once

#include <string_view>

namespace cachekit::node::commands::errors {

inline constexpr std::string_view out_of_memory =
    "OOM command not allowed when used memory > 'maxmemory'.";
inline constexpr std::string_view wrong_type =
    "WRONGTYPE Operation against a key holding the wrong kind of value";
inline constexpr std::string_view syntax = "ERR syntax error";
inline constexpr std::string_view invalid_cursor = "ERR invalid cursor";
inline constexpr std::string_view no_such_key = "ERR no such key";
inline constexpr std::string_view not_an_integer = "ERR value is not an integer or out of range";
inline constexpr std::string_view not_positive = "ERR value is out of range, must be positive";
inline constexpr std::string_view beyond_32_bits =
    "ERR value is out of range, value must between -2147483648 and 2147483647";
inline constexpr std::string_view beyond_64_bits =
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";
inline constexpr std::string_view index_out_of_range = "ERR index out of range";
inline constexpr std::string_view not_a_float = "ERR value is not a valid float";
inline constexpr std::string_view overflow = "ERR increment or decrement would overflow";
inline constexpr std::string_view nan_or_infinity = "ERR increment would produce NaN or Infinity";
inline constexpr std::string_view offset_out_of_range = "ERR offset is out of range";
inline constexpr std::string_view value_too_large =
    "ERR string exceeds maximum allowed size (proto-max-bulk-len)";

}  // namespace cachekit::node::commands::errors
