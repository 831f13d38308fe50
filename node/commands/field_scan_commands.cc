// Listing members and fields in steps: SSCAN, HSCAN.
//
// What is small is listed whole, with the cursor back at 0. What is large is walked by position, so
// a member that is there during the whole walk is met exactly once, whatever happens meanwhile.

#include <fmt/format.h>

#include <vector>

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/scan_options.h"
#include "node/commands/values.h"
#include "node/storage/collections/field_view.h"

namespace cachekit::node::commands {
namespace {

using storage::FieldItem;
using storage::FieldView;
using storage::ScanCursor;
using storage::ValueType;

// Buckets that one call may find empty, for each member it was to find; Redis's figure.
constexpr std::int64_t buckets_per_item = 10;

// Adds what matches to `items`, and returns where to go on.
ScanCursor step(const FieldView& view, ScanCursor cursor, const ScanOptions& options,
                std::vector<FieldItem>& items) {
  std::int64_t seen = 0;
  const auto note = [&](const FieldItem& item) {
    ++seen;
    if (options.matches(item.field)) items.push_back(item);
    return true;
  };
  if (view.table() == nullptr) {
    view.visit_all(note);
    return 0;
  }
  std::int64_t buckets = 0;
  do {
    cursor = view.table()->visit_bucket(cursor, note);
    ++buckets;
  } while (cursor != 0 && seen < options.count && buckets / buckets_per_item < options.count);
  return cursor;
}

void scan_fields(DataContext& context, ValueType type) {
  const auto cursor = parse_cursor(context.arguments[2]);
  if (!cursor) return context.reply.error(errors::invalid_cursor);
  const auto found = context.store.find(context.arguments[1], context.now, storage::Lookup::read);
  if (refuses(context, found, type)) return;
  std::vector<FieldItem> items;
  ScanCursor next = 0;
  // As in Redis the options of a key that is missing are not looked at.
  if (found) {
    const auto options = parse_scan_options(context.arguments.subspan(3), false);
    if (!options) return context.reply.error(options.error());
    next = step(FieldView(found), *cursor, *options, items);
  }
  context.reply.array(2);
  context.reply.bulk(fmt::format_int(next).str());
  context.reply.array(type == ValueType::hash ? 2 * items.size() : items.size());
  for (const FieldItem& item : items) {
    context.reply.bulk(item.field);
    if (type == ValueType::hash) context.reply.bulk(item.value);
  }
}

}  // namespace

void sscan(DataContext& context) { scan_fields(context, ValueType::set); }

void hscan(DataContext& context) { scan_fields(context, ValueType::hash); }

}  // namespace cachekit::node::commands
