// GET, and reading that changes or removes the key as well.

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/set_options.h"
#include "node/commands/values.h"

namespace cachekit::node::commands {

using storage::Lookup;
using storage::ValueType;

void get(DataContext& context) {
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::read);
  if (refuses(context, found, ValueType::string)) return;
  reply_value(context.reply, found);
}

void strlen(DataContext& context) {
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::read);
  if (refuses(context, found, ValueType::string)) return;
  context.reply.integer(found ? static_cast<std::int64_t>(found->value.size()) : 0);
}

void getdel(DataContext& context) {
  const auto key = context.arguments[1];
  const auto found = context.store.find(key, context.now, Lookup::read);
  if (refuses(context, found, ValueType::string)) return;
  reply_value(context.reply, found);
  context.store.remove(key, context.now);
}

void getex(DataContext& context) {
  const auto key = context.arguments[1];
  const auto options = parse_getex_options(context.arguments.subspan(2));
  if (!options) return context.reply.error(errors::syntax);
  const auto found = context.store.find(key, context.now, Lookup::read);
  if (!found) return context.reply.null();
  if (refuses(context, found, ValueType::string)) return;
  if (!options->expiry) {
    reply_value(context.reply, found);
    if (options->persist) context.store.expire(key, storage::no_expiry, context.now);
    return;
  }
  const auto& [form, text] = *options->expiry;
  const auto expire_at = parse_positive_time(text, form, context.now, context.spec);
  if (!expire_at) return context.reply.error(expire_at.error());
  reply_value(context.reply, found);
  context.store.expire(key, *expire_at, context.now);
}

}  // namespace cachekit::node::commands
