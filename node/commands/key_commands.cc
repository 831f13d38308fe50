// Keys as such, whatever they hold.

#include <algorithm>

#include "node/commands/context.h"
#include "node/commands/errors.h"

namespace cachekit::node::commands {
namespace {

using storage::Lookup;

// Counts the keys of the command for which `applies` answers true.
template <typename Applies>
void reply_count(DataContext& context, const Applies& applies) {
  const auto keys = context.arguments.subspan(1);
  context.reply.integer(std::count_if(keys.begin(), keys.end(), applies));
}

void remove_keys(DataContext& context) {
  const storage::EffectGroup group(context.store.sink());
  reply_count(context, [&](auto key) { return context.store.remove(key, context.now); });
}

void count_found(DataContext& context, Lookup lookup) {
  reply_count(context,
              [&](auto key) { return context.store.find(key, context.now, lookup).has_value(); });
}

// False if the command has been answered with an error.
bool rename_key(DataContext& context) {
  const auto& words = context.arguments;
  if (context.store.rename(words[1], words[2], context.now) == storage::WriteOutcome::done) {
    return true;
  }
  context.reply.error(errors::out_of_memory);
  return false;
}

}  // namespace

void del(DataContext& context) { remove_keys(context); }

// The same as DEL: what is freed late here is what a FLUSHALL leaves, not a single value.
void unlink(DataContext& context) { remove_keys(context); }

void delifeq(DataContext& context) {
  const auto key = context.arguments[1];
  const auto found = context.store.find(key, context.now, Lookup::write);
  const bool equal = found && found->value == context.arguments[2];
  if (equal) context.store.remove(key, context.now);
  context.reply.integer(equal ? 1 : 0);
}

void exists(DataContext& context) { count_found(context, Lookup::inspect); }

void touch(DataContext& context) { count_found(context, Lookup::read); }

void type(DataContext& context) {
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::inspect);
  context.reply.simple(found ? "string" : "none");
}

void rename(DataContext& context) {
  if (!context.store.find(context.arguments[1], context.now, Lookup::write)) {
    return context.reply.error(errors::no_such_key);
  }
  if (rename_key(context)) context.reply.ok();
}

void renamenx(DataContext& context) {
  if (!context.store.find(context.arguments[1], context.now, Lookup::write)) {
    return context.reply.error(errors::no_such_key);
  }
  if (context.store.find(context.arguments[2], context.now, Lookup::write)) {
    return context.reply.integer(0);
  }
  if (rename_key(context)) context.reply.integer(1);
}

void randomkey(DataContext& context) {
  const auto key = context.store.random_key(context.now);
  if (!key) return context.reply.null();
  context.reply.bulk(*key);
}

void dbsize(DataContext& context) {
  context.reply.integer(static_cast<std::int64_t>(context.store.size()));
}

}  // namespace cachekit::node::commands
