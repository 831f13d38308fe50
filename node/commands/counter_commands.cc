// Counters: strings of digits that commands add to.

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/numbers.h"
#include "node/commands/values.h"

namespace cachekit::node::commands {
namespace {

using storage::Lookup;
using storage::ValueType;

void add(DataContext& context, std::int64_t step) {
  const auto key = context.arguments[1];
  const auto found = context.store.find(key, context.now, Lookup::write);
  if (refuses(context, found, ValueType::string)) return;
  const auto count = found ? parse_integer(found->value) : std::int64_t{0};
  if (!count) return context.reply.error(errors::not_an_integer);
  std::int64_t sum = 0;
  if (__builtin_add_overflow(*count, step, &sum)) return context.reply.error(errors::overflow);
  const auto expire_at = found ? found->expire_at : storage::no_expiry;
  const fmt::format_int digits(sum);
  if (write_value(context, key, {digits.data(), digits.size()}, expire_at)) {
    context.reply.integer(sum);
  }
}

}  // namespace

void incr(DataContext& context) { add(context, 1); }

void decr(DataContext& context) { add(context, -1); }

void incrby(DataContext& context) {
  const auto step = parse_integer(context.arguments[2]);
  if (!step) return context.reply.error(errors::not_an_integer);
  add(context, *step);
}

void decrby(DataContext& context) {
  const auto step = parse_integer(context.arguments[2]);
  if (!step) return context.reply.error(errors::not_an_integer);
  if (*step == std::numeric_limits<std::int64_t>::min()) {
    return context.reply.error("ERR decrement would overflow");
  }
  add(context, -*step);
}

void incrbyfloat(DataContext& context) {
  const auto key = context.arguments[1];
  const auto found = context.store.find(key, context.now, Lookup::write);
  if (refuses(context, found, ValueType::string)) return;
  const auto number = found ? parse_float(found->value) : 0.0L;
  const auto step = parse_float(context.arguments[2]);
  if (!number || !step) return context.reply.error(errors::not_a_float);
  const long double sum = *number + *step;
  if (!std::isfinite(sum)) return context.reply.error(errors::nan_or_infinity);
  const std::string text = format_float(sum);
  const auto expire_at = found ? found->expire_at : storage::no_expiry;
  if (write_value(context, key, text, expire_at)) context.reply.bulk(text);
}

}  // namespace cachekit::node::commands
