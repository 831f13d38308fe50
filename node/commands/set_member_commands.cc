// Members of sets: SADD, SCARD, SISMEMBER, SMEMBERS, SMISMEMBER, SMOVE, SREM.

#include "node/commands/context.h"
#include "node/commands/values.h"
#include "node/storage/collections/field_edit.h"
#include "node/storage/collections/field_view.h"

namespace cachekit::node::commands {
namespace {

using storage::FieldEdit;
using storage::FieldItem;
using storage::FieldView;
using storage::Lookup;
using storage::ValueType;

}  // namespace

void sadd(DataContext& context) {
  const auto key = context.arguments[1];
  const auto found = context.store.find(key, context.now, Lookup::write);
  if (refuses(context, found, ValueType::set)) return;
  const auto added = FieldEdit(context.store, ValueType::set, key, found, context.now)
                         .add(context.arguments.subspan(2));
  if (is_done(context, added.outcome)) {
    context.reply.integer(static_cast<std::int64_t>(added.count));
  }
}

void srem(DataContext& context) {
  const auto key = context.arguments[1];
  const auto found = context.store.find(key, context.now, Lookup::write);
  if (refuses(context, found, ValueType::set)) return;
  const std::size_t removed = FieldEdit(context.store, ValueType::set, key, found, context.now)
                                  .remove(context.arguments.subspan(2));
  context.reply.integer(static_cast<std::int64_t>(removed));
}

void scard(DataContext& context) {
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::read);
  if (refuses(context, found, ValueType::set)) return;
  context.reply.integer(static_cast<std::int64_t>(FieldView(found).size()));
}

void sismember(DataContext& context) {
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::read);
  if (refuses(context, found, ValueType::set)) return;
  context.reply.integer(FieldView(found).contains(context.arguments[2]) ? 1 : 0);
}

void smismember(DataContext& context) {
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::read);
  if (refuses(context, found, ValueType::set)) return;
  const FieldView set(found);
  const auto members = context.arguments.subspan(2);
  context.reply.array(members.size());
  for (const auto member : members) context.reply.integer(set.contains(member) ? 1 : 0);
}

void smembers(DataContext& context) {
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::read);
  if (refuses(context, found, ValueType::set)) return;
  const FieldView set(found);
  context.reply.set(set.size());
  set.visit_all([&](const FieldItem& member) {
    context.reply.bulk(member.field);
    return !context.reply.over_budget();
  });
}

// Added first, which may be refused, and then taken away, which may not.
void smove(DataContext& context) {
  const auto source = context.arguments[1];
  const auto target = context.arguments[2];
  const auto member = context.arguments[3];
  const auto found = context.store.find(source, context.now, Lookup::write);
  if (!found) return context.reply.integer(0);
  if (refuses(context, found, ValueType::set)) return;
  const bool is_member = FieldView(found).contains(member);
  const auto target_found = context.store.find(target, context.now, Lookup::write);
  if (refuses(context, target_found, ValueType::set)) return;
  if (!is_member || source == target) return context.reply.integer(is_member ? 1 : 0);

  const storage::EffectGroup group(context.store.sink());
  const auto added =
      FieldEdit(context.store, ValueType::set, target, target_found, context.now).add({&member, 1});
  if (!is_done(context, added.outcome)) return;
  const auto rest = context.store.find(source, context.now, Lookup::write);
  FieldEdit(context.store, ValueType::set, source, rest, context.now).remove({&member, 1});
  context.reply.integer(1);
}

}  // namespace cachekit::node::commands
