#include "node/commands/numbers.h"

#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace cachekit::node::commands {
namespace {

// A long double written without exponent has up to 4933 digits before the point.
constexpr std::size_t max_float_chars = 5 * 1024;

bool out_of_range(long double value) {
  return errno == ERANGE && (std::isinf(value) || value == 0.0L);
}

}  // namespace

std::optional<long double> parse_float(std::string_view text) {
  if (text.empty() || text.size() >= max_float_chars) return std::nullopt;
  if (std::isspace(static_cast<unsigned char>(text.front())) != 0) return std::nullopt;
  const std::string terminated(text);
  char* end = nullptr;
  errno = 0;
  const long double value = std::strtold(terminated.c_str(), &end);
  if (end != terminated.c_str() + terminated.size()) return std::nullopt;
  if (out_of_range(value) || std::isnan(value)) return std::nullopt;
  return value;
}

std::string format_float(long double value) {
  char buffer[max_float_chars];
  const int length = std::snprintf(buffer, sizeof buffer, "%.17Lf", value);
  std::string text(buffer, static_cast<std::size_t>(length));
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace cachekit::node::commands
