// A number in decimal digits, and nothing else.

#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cachekit::limits {

inline std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || read_to != end) return std::nullopt;
  return number;
}

}  // namespace cachekit::limits
