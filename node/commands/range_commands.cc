// Parts of values: APPEND, GETRANGE, SETRANGE.
//
// Each write makes a new value: values are immutable, since replies may hold on to large ones.

#include <algorithm>
#include <string>

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/numbers.h"
#include "node/commands/values.h"

namespace cachekit::node::commands {
namespace {

using storage::EntryView;
using storage::Lookup;
using storage::ValueType;

std::string_view value_of(const std::optional<EntryView>& found) {
  return found ? found->value : std::string_view();
}

storage::UnixMillis expiry_of(const std::optional<EntryView>& found) {
  return found ? found->expire_at : storage::no_expiry;
}

// Is a value of `size` and `more` bytes too long? Replies the error if so.
bool too_large(DataContext& context, std::size_t size, std::size_t more) {
  const std::size_t limit = context.store.options().max_value_bytes;
  if (size <= limit && more <= limit - size) return false;
  context.reply.error(errors::value_too_large);
  return true;
}

void write_and_reply_size(DataContext& context, std::string_view value,
                          storage::UnixMillis expire_at) {
  if (write_value(context, context.arguments[1], value, expire_at)) {
    context.reply.integer(static_cast<std::int64_t>(value.size()));
  }
}

// The bytes from `first` to `last`, both included; negative ones count from the end.
std::string_view range_of(std::string_view bytes, std::int64_t first, std::int64_t last) {
  if (bytes.empty() || (first < 0 && last < 0 && first > last)) return {};
  const auto size = static_cast<std::int64_t>(bytes.size());
  const auto from_start = [&](std::int64_t at) {
    return at < 0 ? std::max<std::int64_t>(at + size, 0) : at;
  };
  first = from_start(first);
  last = std::min(from_start(last), size - 1);
  if (first > last) return {};
  return bytes.substr(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first + 1));
}

}  // namespace

void append(DataContext& context) {
  const auto key = context.arguments[1];
  const auto tail = context.arguments[2];
  const auto found = context.store.find(key, context.now, Lookup::write);
  if (refuses(context, found, ValueType::string)) return;
  const auto head = value_of(found);
  if (found && too_large(context, head.size(), tail.size())) return;
  std::string value;
  value.reserve(head.size() + tail.size());
  value.append(head).append(tail);
  write_and_reply_size(context, value, expiry_of(found));
}

void getrange(DataContext& context) {
  const auto first = parse_integer(context.arguments[2]);
  const auto last = parse_integer(context.arguments[3]);
  if (!first || !last) return context.reply.error(errors::not_an_integer);
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::read);
  if (!found) return context.reply.bulk("");
  if (refuses(context, found, ValueType::string)) return;
  reply_part(context.reply, *found, range_of(found->value, *first, *last));
}

void setrange(DataContext& context) {
  const auto offset = parse_integer(context.arguments[2]);
  const auto patch = context.arguments[3];
  if (!offset) return context.reply.error(errors::not_an_integer);
  if (*offset < 0) return context.reply.error(errors::offset_out_of_range);
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::write);
  if (refuses(context, found, ValueType::string)) return;
  const auto present = value_of(found);
  if (patch.empty()) return context.reply.integer(static_cast<std::int64_t>(present.size()));
  const auto start = static_cast<std::size_t>(*offset);
  if (too_large(context, start, patch.size())) return;
  std::string value(present);
  value.resize(std::max(present.size(), start + patch.size()), '\0');
  value.replace(start, patch.size(), patch);
  write_and_reply_size(context, value, expiry_of(found));
}

}  // namespace cachekit::node::commands
