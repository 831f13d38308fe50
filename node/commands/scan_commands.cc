// Listing keys: SCAN in steps, KEYS all at once.

#include <fmt/format.h>

#include <functional>
#include <vector>

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/glob.h"
#include "node/commands/scan_options.h"
#include "node/commands/values.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using storage::ScanCursor;

// Buckets that one SCAN may find empty, for each key it was to find; Redis's figure.
constexpr std::int64_t buckets_per_key = 10;

using Visit = std::function<void(const storage::EntryView&)>;

void reply_keys(protocol::ReplyWriter& reply, const std::vector<std::string_view>& keys) {
  reply.array(keys.size());
  for (const auto key : keys) reply.bulk(key);
}

}  // namespace

void scan(DataContext& context) {
  auto cursor = parse_cursor(context.arguments[1]);
  if (!cursor) return context.reply.error(errors::invalid_cursor);
  const auto options = parse_scan_options(context.arguments.subspan(2), true);
  if (!options) return context.reply.error(options.error());

  std::vector<std::string_view> keys;
  std::int64_t seen = 0;
  std::int64_t buckets = 0;
  const Visit visit = [&](const storage::EntryView& entry) {
    ++seen;
    if (options->type && !same_word(*options->type, type_name(entry.type))) return;
    if (options->matches(entry.key)) keys.push_back(entry.key);
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
  ScanOptions options;
  options.pattern = context.arguments[1];
  std::vector<std::string_view> keys;
  const Visit visit = [&](const storage::EntryView& entry) {
    if (options.matches(entry.key)) keys.push_back(entry.key);
  };
  ScanCursor cursor = 0;
  do {
    cursor = context.store.scan(cursor, context.now, visit);
  } while (cursor != 0);
  reply_keys(context.reply, keys);
}

}  // namespace cachekit::node::commands
