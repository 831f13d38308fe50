// Listing keys: SCAN in steps, KEYS all at once.

#include <fmt/format.h>

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/glob.h"
#include "node/commands/numbers.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using storage::ScanCursor;

// Buckets that one SCAN may find empty, for each key it was to find; Redis's figure.
constexpr std::int64_t buckets_per_key = 10;

using Visit = std::function<void(const storage::EntryView&)>;

struct ScanOptions {
  std::int64_t count = 10;
  std::string_view pattern = "*";
  bool strings = true;  // false: TYPE asks for something of which there is none here
};

// Whatever strtoul reads, as in Redis: also signs and an empty word.
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
    std::span<const std::string_view> words) {
  ScanOptions options;
  for (; words.size() >= 2; words = words.subspan(2)) {
    if (same_word(words[0], "COUNT")) {
      const auto count = parse_integer(words[1]);
      if (!count) return tl::unexpected(errors::not_an_integer);
      if (*count < 1) return tl::unexpected(errors::syntax);
      options.count = *count;
    } else if (same_word(words[0], "MATCH")) {
      options.pattern = words[1];
    } else if (same_word(words[0], "TYPE")) {
      options.strings = same_word(words[1], "string");
    } else {
      return tl::unexpected(errors::syntax);
    }
  }
  if (!words.empty()) return tl::unexpected(errors::syntax);
  return options;
}

void reply_keys(protocol::ReplyWriter& reply, const std::vector<std::string_view>& keys) {
  reply.array(keys.size());
  for (const auto key : keys) reply.bulk(key);
}

bool all_keys(std::string_view pattern) { return pattern == "*"; }

}  // namespace

void scan(DataContext& context) {
  auto cursor = parse_cursor(context.arguments[1]);
  if (!cursor) return context.reply.error("ERR invalid cursor");
  const auto options = parse_scan_options(context.arguments.subspan(2));
  if (!options) return context.reply.error(options.error());

  std::vector<std::string_view> keys;
  std::int64_t seen = 0;
  std::int64_t buckets = 0;
  const Visit visit = [&](const storage::EntryView& entry) {
    ++seen;
    const bool matches = all_keys(options->pattern) || glob_matches(options->pattern, entry.key);
    if (options->strings && matches) keys.push_back(entry.key);
  };
  do {
    cursor = context.store.scan(*cursor, context.now, visit);
    ++buckets;
  } while (*cursor != 0 && seen < options->count && buckets / buckets_per_key < options->count);

  context.reply.array(2);
  context.reply.bulk(fmt::format_int(*cursor).str());
  reply_keys(context.reply, keys);
}

void keys(DataContext& context) {
  const auto pattern = context.arguments[1];
  std::vector<std::string_view> keys;
  const Visit visit = [&](const storage::EntryView& entry) {
    if (all_keys(pattern) || glob_matches(pattern, entry.key)) keys.push_back(entry.key);
  };
  ScanCursor cursor = 0;
  do {
    cursor = context.store.scan(cursor, context.now, visit);
  } while (cursor != 0);
  reply_keys(context.reply, keys);
}

}  // namespace cachekit::node::commands
