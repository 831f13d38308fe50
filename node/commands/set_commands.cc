// SET and the commands that are a SET under another name.

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/set_options.h"
#include "node/commands/values.h"

namespace cachekit::node::commands {
namespace {

using storage::EntryView;
using storage::Lookup;
using Condition = SetOptions::Condition;

bool holds(Condition condition, std::string_view comparison,
           const std::optional<EntryView>& found) {
  switch (condition) {
    case Condition::none:
      return true;
    case Condition::absent:
      return !found;
    case Condition::present:
      return found.has_value();
    case Condition::equal:
      return found && found->value == comparison;
  }
  return false;
}

void set_with_expiry(DataContext& context, TimeForm form) {
  const auto& words = context.arguments;
  const auto expire_at = parse_positive_time(words[2], form, context.now, context.spec);
  if (!expire_at) return context.reply.error(expire_at.error());
  if (write_value(context, words[1], words[3], *expire_at)) context.reply.ok();
}

}  // namespace

void set(DataContext& context) {
  const auto key = context.arguments[1];
  const auto options = parse_set_options(context.arguments.subspan(3));
  if (!options) return context.reply.error(errors::syntax);
  storage::UnixMillis expire_at = storage::no_expiry;
  if (options->expiry) {
    const auto& [form, text] = *options->expiry;
    const auto time = parse_positive_time(text, form, context.now, context.spec);
    if (!time) return context.reply.error(time.error());
    expire_at = *time;
  }

  const bool plain = options->condition == Condition::none && !options->get && !options->keep_ttl;
  const auto found =
      plain ? std::nullopt
            : context.store.find(key, context.now, options->get ? Lookup::read : Lookup::write);
  const bool looks_at_value = options->get || options->condition == Condition::equal;
  if (looks_at_value && refuses(context, found, storage::ValueType::string)) return;
  const bool condition_holds = holds(options->condition, options->comparison, found);
  if (!condition_holds) {
    return options->get ? reply_value(context.reply, found) : context.reply.null();
  }
  if (options->keep_ttl && found) expire_at = found->expire_at;
  if (!options->get) {
    if (write_value(context, key, context.arguments[2], expire_at)) context.reply.ok();
    return;
  }
  const HeldValue old_value(found);
  if (write_value(context, key, context.arguments[2], expire_at)) {
    old_value.reply_to(context.reply);
  }
}

void setnx(DataContext& context) {
  const auto& words = context.arguments;
  if (context.store.find(words[1], context.now, Lookup::write)) return context.reply.integer(0);
  if (write_value(context, words[1], words[2])) context.reply.integer(1);
}

void setex(DataContext& context) { set_with_expiry(context, seconds_from_now); }

void psetex(DataContext& context) { set_with_expiry(context, milliseconds_from_now); }

void getset(DataContext& context) {
  const auto& words = context.arguments;
  const auto found = context.store.find(words[1], context.now, Lookup::read);
  if (refuses(context, found, storage::ValueType::string)) return;
  const HeldValue old_value(found);
  if (write_value(context, words[1], words[2])) old_value.reply_to(context.reply);
}

}  // namespace cachekit::node::commands
