#include "node/commands/scan_options.h"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "node/commands/errors.h"
#include "node/commands/glob.h"
#include "node/commands/numbers.h"
#include "node/text.h"

namespace cachekit::node::commands {

using storage::ScanCursor;

bool ScanOptions::matches(std::string_view text) const {
  return pattern == "*" || glob_matches(pattern, text);
}

std::optional<ScanCursor> parse_cursor(std::string_view text) {
  if (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) return {};
  const std::string terminated(text);
  char* end = nullptr;
  errno = 0;
  const ScanCursor cursor = std::strtoul(terminated.c_str(), &end, 10);
  if (errno == ERANGE || end != terminated.c_str() + terminated.size()) return {};
  return cursor;
}

tl::expected<ScanOptions, std::string_view> parse_scan_options(
    std::span<const std::string_view> words, bool with_type) {
  ScanOptions options;
  for (; words.size() >= 2; words = words.subspan(2)) {
    if (same_word(words[0], "COUNT")) {
      const auto count = parse_integer(words[1]);
      if (!count) return tl::unexpected(errors::not_an_integer);
      if (*count < 1) return tl::unexpected(errors::syntax);
      options.count = *count;
    } else if (same_word(words[0], "MATCH")) {
      options.pattern = words[1];
    } else if (with_type && same_word(words[0], "TYPE")) {
      options.type = words[1];
    } else {
      return tl::unexpected(errors::syntax);
    }
  }
  if (!words.empty()) return tl::unexpected(errors::syntax);
  return options;
}

}  // namespace cachekit::node::commands
