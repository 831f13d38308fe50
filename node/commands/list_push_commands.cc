// Adding to lists: LPUSH, RPUSH and their like, LINSERT, LSET.

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/list_arguments.h"
#include "node/commands/numbers.h"
#include "node/commands/values.h"
#include "node/storage/collections/list_edit.h"
#include "node/storage/collections/list_view.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using storage::ListEdit;
using storage::ListEnd;
using storage::ListView;
using storage::Lookup;
using storage::ValueType;

enum class Missing : std::uint8_t { is_created, is_left };

void push(DataContext& context, ListEnd end, Missing missing) {
  const auto key = context.arguments[1];
  const auto found = context.store.find(key, context.now, Lookup::write);
  if (refuses(context, found, ValueType::list)) return;
  if (!found && missing == Missing::is_left) return context.reply.integer(0);
  const auto pushed =
      ListEdit(context.store, key, found, context.now).push(end, context.arguments.subspan(2));
  if (is_done(context, pushed.outcome)) {
    context.reply.integer(static_cast<std::int64_t>(pushed.count));
  }
}

std::optional<std::size_t> index_of(const ListView& list, std::string_view value) {
  std::size_t index = 0;
  bool is_there = false;
  list.visit(0, [&](std::string_view element) {
    is_there = element == value;
    if (!is_there) ++index;
    return !is_there;
  });
  return is_there ? std::optional(index) : std::nullopt;
}

}  // namespace

void lpush(DataContext& context) { push(context, ListEnd::front, Missing::is_created); }

void rpush(DataContext& context) { push(context, ListEnd::back, Missing::is_created); }

void lpushx(DataContext& context) { push(context, ListEnd::front, Missing::is_left); }

void rpushx(DataContext& context) { push(context, ListEnd::back, Missing::is_left); }

void linsert(DataContext& context) {
  const auto& words = context.arguments;
  const bool before = same_word(words[2], "BEFORE");
  if (!before && !same_word(words[2], "AFTER")) return context.reply.error(errors::syntax);
  const auto found = context.store.find(words[1], context.now, Lookup::write);
  if (refuses(context, found, ValueType::list)) return;
  if (!found) return context.reply.integer(0);
  const auto pivot = index_of(ListView(found), words[3]);
  if (!pivot) return context.reply.integer(-1);
  const auto inserted = ListEdit(context.store, words[1], found, context.now)
                            .insert(before ? *pivot : *pivot + 1, words[4]);
  if (is_done(context, inserted.outcome)) {
    context.reply.integer(static_cast<std::int64_t>(inserted.count));
  }
}

void lset(DataContext& context) {
  const auto& words = context.arguments;
  const auto found = context.store.find(words[1], context.now, Lookup::write);
  if (!found) return context.reply.error(errors::no_such_key);
  if (refuses(context, found, ValueType::list)) return;
  const auto number = parse_integer(words[2]);
  if (!number) return context.reply.error(errors::not_an_integer);
  const auto index = index_in(*number, ListView(found).size());
  if (!index) return context.reply.error(errors::index_out_of_range);
  ListEdit edit(context.store, words[1], found, context.now);
  if (is_done(context, edit.set(*index, words[3]))) context.reply.ok();
}

}  // namespace cachekit::node::commands
