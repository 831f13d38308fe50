// Reading hashes: HEXISTS, HGET, HGETALL, HKEYS, HLEN, HMGET, HRANDFIELD, HSTRLEN, HVALS.

#include <limits>

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/numbers.h"
#include "node/commands/random_items.h"
#include "node/commands/values.h"
#include "node/storage/collections/field_view.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using storage::EntryView;
using storage::FieldItem;
using storage::FieldView;
using storage::Lookup;
using storage::ValueType;

std::optional<EntryView> find(DataContext& context) {
  return context.store.find(context.arguments[1], context.now, Lookup::read);
}

void reply_value_of(protocol::ReplyWriter& reply, const std::optional<FieldItem>& item) {
  if (!item) return reply.null();
  reply.bulk(item->value);
}

// HRANDFIELD: fields, or fields and values in pairs, which RESP3 nests.
class RandomFieldReply {
 public:
  RandomFieldReply(protocol::ReplyWriter& reply, std::size_t count, bool with_values)
      : reply_(reply),
        with_values_(with_values),
        nested_(with_values && reply.version() == protocol::Version::resp3) {
    reply.array(with_values && !nested_ ? 2 * count : count);
  }

  void operator()(const FieldItem& item) const {
    if (nested_) reply_.array(2);
    reply_.bulk(item.field);
    if (with_values_) reply_.bulk(item.value);
  }

 private:
  protocol::ReplyWriter& reply_;
  bool with_values_;
  bool nested_;
};

void reply_random_fields(DataContext& context, std::int64_t wanted, bool with_values) {
  const auto found = find(context);
  if (refuses(context, found, ValueType::hash)) return;
  if (!found) return context.reply.array(0);
  const FieldView hash(found);
  const auto random = [&] { return context.store.random(); };
  if (wanted >= 0) {
    const std::size_t count = std::min(static_cast<std::size_t>(wanted), hash.size());
    const RandomFieldReply reply(context.reply, count, with_values);
    return visit_random_items(hash, count, random, reply);
  }
  auto left = static_cast<std::size_t>(-wanted);
  const RandomFieldReply reply(context.reply, left, with_values);
  for (; left > 0 && !context.reply.over_budget(); --left) reply(hash.pick(random));
}

}  // namespace

void hlen(DataContext& context) {
  const auto found = find(context);
  if (refuses(context, found, ValueType::hash)) return;
  context.reply.integer(static_cast<std::int64_t>(FieldView(found).size()));
}

void hget(DataContext& context) {
  const auto found = find(context);
  if (refuses(context, found, ValueType::hash)) return;
  reply_value_of(context.reply, FieldView(found).find(context.arguments[2]));
}

void hmget(DataContext& context) {
  const auto found = find(context);
  if (refuses(context, found, ValueType::hash)) return;
  const FieldView hash(found);
  const auto fields = context.arguments.subspan(2);
  context.reply.array(fields.size());
  for (const auto field : fields) reply_value_of(context.reply, hash.find(field));
}

void hexists(DataContext& context) {
  const auto found = find(context);
  if (refuses(context, found, ValueType::hash)) return;
  context.reply.integer(FieldView(found).contains(context.arguments[2]) ? 1 : 0);
}

void hstrlen(DataContext& context) {
  const auto found = find(context);
  if (refuses(context, found, ValueType::hash)) return;
  const auto item = FieldView(found).find(context.arguments[2]);
  context.reply.integer(item ? static_cast<std::int64_t>(item->value.size()) : 0);
}

void hgetall(DataContext& context) {
  const auto found = find(context);
  if (refuses(context, found, ValueType::hash)) return;
  const FieldView hash(found);
  context.reply.map(hash.size());
  hash.visit_all([&](const FieldItem& item) {
    context.reply.bulk(item.field);
    context.reply.bulk(item.value);
    return !context.reply.over_budget();
  });
}

void hkeys(DataContext& context) {
  const auto found = find(context);
  if (refuses(context, found, ValueType::hash)) return;
  const FieldView hash(found);
  context.reply.array(hash.size());
  hash.visit_all([&](const FieldItem& item) {
    context.reply.bulk(item.field);
    return !context.reply.over_budget();
  });
}

void hvals(DataContext& context) {
  const auto found = find(context);
  if (refuses(context, found, ValueType::hash)) return;
  const FieldView hash(found);
  context.reply.array(hash.size());
  hash.visit_all([&](const FieldItem& item) {
    context.reply.bulk(item.value);
    return !context.reply.over_budget();
  });
}

void hrandfield(DataContext& context) {
  const auto& words = context.arguments;
  if (words.size() == 2) {
    const auto found = find(context);
    if (!found) return context.reply.null();
    if (refuses(context, found, ValueType::hash)) return;
    return context.reply.bulk(FieldView(found).pick([&] { return context.store.random(); }).field);
  }
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const auto wanted = parse_integer(words[2]);
  if (!wanted) return context.reply.error(errors::not_an_integer);
  if (*wanted < -most) return context.reply.error(errors::beyond_64_bits);
  const bool with_values = words.size() == 4 && same_word(words[3], "WITHVALUES");
  if (words.size() > 3 && !with_values) return context.reply.error(errors::syntax);
  if (with_values && (*wanted < -most / 2 || *wanted > most / 2)) {
    return context.reply.error("ERR value is out of range");
  }
  reply_random_fields(context, *wanted, with_values);
}

}  // namespace cachekit::node::commands
