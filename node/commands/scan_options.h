// What SCAN, SSCAN and HSCAN are asked for.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <tl/expected.hpp>

#include "node/storage/store.h"

namespace cachekit::node::commands {

struct ScanOptions {
  std::int64_t count = 10;
  std::string_view pattern = "*";
  std::optional<std::string_view> type;  ///< Of SCAN alone.

  bool matches(std::string_view text) const;
};

/// Whatever strtoul reads, as in Redis: also signs and an empty word.
std::optional<storage::ScanCursor> parse_cursor(std::string_view text);

/// MATCH, COUNT and, if it is allowed, TYPE; or the error to reply.
tl::expected<ScanOptions, std::string_view> parse_scan_options(
    std::span<const std::string_view> words, bool with_type);

}  // namespace cachekit::node::commands
