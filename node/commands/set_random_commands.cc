// Random members of sets: SPOP, SRANDMEMBER.

#include <array>
#include <limits>
#include <string>

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/numbers.h"
#include "node/commands/random_items.h"
#include "node/commands/values.h"
#include "node/storage/collections/field_edit.h"
#include "node/storage/collections/field_view.h"
#include "node/storage/collections/limits.h"

namespace cachekit::node::commands {
namespace {

using storage::EntryView;
using storage::FieldEdit;
using storage::FieldItem;
using storage::FieldView;
using storage::Lookup;
using storage::ValueType;

// A member to be removed must not lie in the store.
void take_one(DataContext& context, const std::optional<EntryView>& found) {
  const std::string member(FieldView(found).pick([&] { return context.store.random(); }).field);
  const std::string_view view = member;
  context.reply.bulk(member);
  FieldEdit(context.store, ValueType::set, context.arguments[1], found, context.now)
      .remove({&view, 1});
}

void take_from_block(DataContext& context, const std::optional<EntryView>& found,
                     std::size_t count) {
  const std::string block(found->value);
  std::array<std::string_view, storage::max_block_items> taken;
  std::size_t next = 0;
  visit_random_items(
      FieldView(ValueType::set, block), count, [&] { return context.store.random(); },
      [&](const FieldItem& member) {
        context.reply.bulk(member.field);
        taken[next++] = member.field;
      });
  FieldEdit(context.store, ValueType::set, context.arguments[1], found, context.now)
      .remove({taken.data(), count});
}

void pop_many(DataContext& context) {
  const auto key = context.arguments[1];
  const auto wanted = parse_integer(context.arguments[2]);
  if (!wanted || *wanted < 0) return context.reply.error(errors::not_positive);
  const auto found = context.store.find(key, context.now, Lookup::write);
  if (refuses(context, found, ValueType::set)) return;
  const FieldView set(found);
  const std::size_t count = std::min(static_cast<std::size_t>(*wanted), set.size());
  context.reply.set(count);
  if (count == 0) return;

  const storage::EffectGroup group(context.store.sink());
  if (count == set.size()) {
    set.visit_all([&](const FieldItem& member) {
      context.reply.bulk(member.field);
      return true;
    });
    context.store.remove(key, context.now);
  } else if (set.table() == nullptr) {
    take_from_block(context, found, count);
  } else {
    for (std::size_t left = count; left > 0; --left) take_one(context, found);
  }
}

void reply_repeated(DataContext& context, const FieldView& set, std::size_t count) {
  context.reply.array(count);
  for (; count > 0 && !context.reply.over_budget(); --count) {
    context.reply.bulk(set.pick([&] { return context.store.random(); }).field);
  }
}

void reply_many(DataContext& context) {
  const auto wanted = parse_integer(context.arguments[2]);
  if (!wanted) return context.reply.error(errors::not_an_integer);
  if (*wanted == std::numeric_limits<std::int64_t>::min()) {
    return context.reply.error(errors::beyond_64_bits);
  }
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::read);
  if (refuses(context, found, ValueType::set)) return;
  if (!found) return context.reply.array(0);
  const FieldView set(found);
  if (*wanted < 0) return reply_repeated(context, set, static_cast<std::size_t>(-*wanted));
  const std::size_t count = std::min(static_cast<std::size_t>(*wanted), set.size());
  const auto write = [&](const FieldItem& member) { context.reply.bulk(member.field); };
  context.reply.array(count);
  visit_random_items(set, count, [&] { return context.store.random(); }, write);
}

}  // namespace

void spop(DataContext& context) {
  if (context.arguments.size() == 3) return pop_many(context);
  if (context.arguments.size() > 3) return context.reply.error(errors::syntax);
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::write);
  if (!found) return context.reply.null();
  if (refuses(context, found, ValueType::set)) return;
  take_one(context, found);
}

void srandmember(DataContext& context) {
  if (context.arguments.size() == 3) return reply_many(context);
  if (context.arguments.size() > 3) return context.reply.error(errors::syntax);
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::read);
  if (!found) return context.reply.null();
  if (refuses(context, found, ValueType::set)) return;
  context.reply.bulk(FieldView(found).pick([&] { return context.store.random(); }).field);
}

}  // namespace cachekit::node::commands
