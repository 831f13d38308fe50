// Changing hashes: HSET, HMSET, HSETNX, HDEL, HINCRBY, HINCRBYFLOAT.

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string>

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/numbers.h"
#include "node/commands/values.h"
#include "node/storage/collections/field_edit.h"
#include "node/storage/collections/field_view.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using storage::CountedOutcome;
using storage::EntryView;
using storage::FieldEdit;
using storage::FieldView;
using storage::Lookup;
using storage::ValueType;

FieldEdit edit_of(DataContext& context, const std::optional<EntryView>& found) {
  return {context.store, ValueType::hash, context.arguments[1], found, context.now};
}

// How many fields are new; nothing if an error has been replied.
std::optional<std::size_t> set_pairs(DataContext& context) {
  const auto pairs = context.arguments.subspan(2);
  if (pairs.size() % 2 != 0) {
    context.reply.error(
        fmt::format("ERR wrong number of arguments for '{}' command", lower(context.spec.name)));
    return std::nullopt;
  }
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::write);
  if (refuses(context, found, ValueType::hash)) return std::nullopt;
  const CountedOutcome added = edit_of(context, found).add(pairs);
  if (!is_done(context, added.outcome)) return std::nullopt;
  return added.count;
}

// False if an error has been replied.
bool set_field(DataContext& context, const std::optional<EntryView>& found,
               std::string_view value) {
  const std::array pair{context.arguments[2], value};
  return is_done(context, edit_of(context, found).add(pair).outcome);
}

}  // namespace

void hset(DataContext& context) {
  if (const auto added = set_pairs(context)) {
    context.reply.integer(static_cast<std::int64_t>(*added));
  }
}

void hmset(DataContext& context) {
  if (set_pairs(context)) context.reply.ok();
}

void hsetnx(DataContext& context) {
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::write);
  if (refuses(context, found, ValueType::hash)) return;
  if (FieldView(found).contains(context.arguments[2])) return context.reply.integer(0);
  if (set_field(context, found, context.arguments[3])) context.reply.integer(1);
}

void hdel(DataContext& context) {
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::write);
  if (refuses(context, found, ValueType::hash)) return;
  const std::size_t removed = edit_of(context, found).remove(context.arguments.subspan(2));
  context.reply.integer(static_cast<std::int64_t>(removed));
}

void hincrby(DataContext& context) {
  const auto step = parse_integer(context.arguments[3]);
  if (!step) return context.reply.error(errors::not_an_integer);
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::write);
  if (refuses(context, found, ValueType::hash)) return;
  const auto item = FieldView(found).find(context.arguments[2]);
  const auto count = item ? parse_integer(item->value) : std::int64_t{0};
  if (!count) return context.reply.error("ERR hash value is not an integer");
  std::int64_t sum = 0;
  if (__builtin_add_overflow(*count, *step, &sum)) return context.reply.error(errors::overflow);
  const fmt::format_int digits(sum);
  if (set_field(context, found, {digits.data(), digits.size()})) context.reply.integer(sum);
}

void hincrbyfloat(DataContext& context) {
  const auto step = parse_float(context.arguments[3]);
  if (!step) return context.reply.error(errors::not_a_float);
  if (!std::isfinite(*step)) return context.reply.error("ERR value is NaN or Infinity");
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::write);
  if (refuses(context, found, ValueType::hash)) return;
  const auto item = FieldView(found).find(context.arguments[2]);
  const auto number = item ? parse_float(item->value) : 0.0L;
  if (!number) return context.reply.error("ERR hash value is not a float");
  const long double sum = *number + *step;
  if (!std::isfinite(sum)) return context.reply.error(errors::nan_or_infinity);
  const std::string text = format_float(sum);
  if (set_field(context, found, text)) context.reply.bulk(text);
}

}  // namespace cachekit::node::commands
