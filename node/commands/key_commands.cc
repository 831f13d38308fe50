// Keys as such, whatever they hold.

#include <algorithm>
#include <span>
#include <tl/expected.hpp>

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/numbers.h"
#include "node/commands/values.h"
#include "node/text.h"

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

struct CopyOptions {
  bool replace = false;
};

// REPLACE and DB, of which there is only 0; or the error to reply.
tl::expected<CopyOptions, std::string_view> parse_copy_options(
    std::span<const std::string_view> words) {
  CopyOptions options;
  for (; !words.empty(); words = words.subspan(1)) {
    if (same_word(words[0], "REPLACE")) {
      options.replace = true;
    } else if (same_word(words[0], "DB") && words.size() > 1) {
      words = words.subspan(1);
      const auto database = parse_integer(words[0]);
      if (!database) return tl::unexpected(errors::not_an_integer);
      if (*database != static_cast<std::int32_t>(*database)) {
        return tl::unexpected(errors::beyond_32_bits);
      }
      if (*database != 0) return tl::unexpected<std::string_view>("ERR DB index is out of range");
    } else {
      return tl::unexpected(errors::syntax);
    }
  }
  return options;
}

// False if the command has been answered with an error.
bool rename_key(DataContext& context) {
  const auto& words = context.arguments;
  return is_done(context, context.store.rename(words[1], words[2], context.now));
}

}  // namespace

void del(DataContext& context) { remove_keys(context); }

// The same as DEL: what is freed late here is what a FLUSHALL leaves, not a single value.
void unlink(DataContext& context) { remove_keys(context); }

void delifeq(DataContext& context) {
  const auto key = context.arguments[1];
  const auto found = context.store.find(key, context.now, Lookup::write);
  if (refuses(context, found, storage::ValueType::string)) return;
  const bool equal = found && found->value == context.arguments[2];
  if (equal) context.store.remove(key, context.now);
  context.reply.integer(equal ? 1 : 0);
}

void exists(DataContext& context) { count_found(context, Lookup::inspect); }

void touch(DataContext& context) { count_found(context, Lookup::read); }

void type(DataContext& context) {
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::inspect);
  context.reply.simple(found ? type_name(found->type) : "none");
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

void copy(DataContext& context) {
  const auto options = parse_copy_options(context.arguments.subspan(3));
  if (!options) return context.reply.error(options.error());
  const auto from = context.arguments[1];
  const auto to = context.arguments[2];
  if (from == to) {
    return context.reply.error("ERR source and destination objects are the same");
  }
  if (!context.store.find(from, context.now, Lookup::read)) return context.reply.integer(0);
  if (!options->replace && context.store.find(to, context.now, Lookup::write)) {
    return context.reply.integer(0);
  }
  if (is_done(context, context.store.copy(from, to, context.now))) context.reply.integer(1);
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
