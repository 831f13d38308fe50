// Taking away from lists: LPOP, RPOP, LREM, LTRIM, LMOVE, RPOPLPUSH.

#include <fmt/format.h>

#include <algorithm>
#include <string>

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

using storage::EntryView;
using storage::ListEdit;
using storage::ListEnd;
using storage::ListView;
using storage::Lookup;
using storage::ValueType;
using storage::WriteOutcome;

// The index of the element at an end of a list that is not empty.
std::size_t index_at(ListEnd end, std::size_t size) { return end == ListEnd::front ? 0 : size - 1; }

// The order is that of popping one by one.
void reply_elements_at(protocol::ReplyWriter& reply, const ListView& list, ListEnd end,
                       std::size_t count) {
  reply.array(count);
  if (count == 0) return;
  const auto write = [&](std::string_view element) {
    reply.bulk(element);
    return --count > 0;
  };
  if (end == ListEnd::front) {
    list.visit(0, write);
  } else {
    list.visit_backwards(list.size() - 1, write);
  }
}

void pop_one(DataContext& context, ListEnd end) {
  const auto key = context.arguments[1];
  const auto found = context.store.find(key, context.now, Lookup::write);
  if (!found) return context.reply.null();
  if (refuses(context, found, ValueType::list)) return;
  const ListView list(found);
  const std::size_t index = index_at(end, list.size());
  context.reply.bulk(list.at(index));
  ListEdit(context.store, key, found, context.now).erase(index, 1);
}

void pop_many(DataContext& context, ListEnd end) {
  const auto key = context.arguments[1];
  const auto wanted = parse_integer(context.arguments[2]);
  if (!wanted || *wanted < 0) return context.reply.error(errors::not_positive);
  const auto found = context.store.find(key, context.now, Lookup::write);
  if (!found) return context.reply.null_array();
  if (refuses(context, found, ValueType::list)) return;
  const ListView list(found);
  const std::size_t size = list.size();
  const std::size_t count = std::min(static_cast<std::size_t>(*wanted), size);
  reply_elements_at(context.reply, list, end, count);
  ListEdit(context.store, key, found, context.now)
      .erase(end == ListEnd::front ? 0 : size - count, count);
}

void pop(DataContext& context, ListEnd end) {
  if (context.arguments.size() == 2) return pop_one(context, end);
  if (context.arguments.size() == 3) return pop_many(context, end);
  context.reply.error(
      fmt::format("ERR wrong number of arguments for '{}' command", lower(context.spec.name)));
}

// The value is pushed first, which may be refused, and then taken away, which may not. So a list
// that is rotated never vanishes, and keeps its expiry.
void move(DataContext& context, ListEnd from, ListEnd to) {
  const auto source = context.arguments[1];
  const auto target = context.arguments[2];
  const auto found = context.store.find(source, context.now, Lookup::write);
  if (!found) return context.reply.null();
  if (refuses(context, found, ValueType::list)) return;
  const ListView list(found);
  const std::string value(list.at(index_at(from, list.size())));
  const auto target_found = context.store.find(target, context.now, Lookup::write);
  if (refuses(context, target_found, ValueType::list)) return;

  const storage::EffectGroup group(context.store.sink());
  const std::string_view view = value;
  const auto pushed =
      ListEdit(context.store, target, target_found, context.now).push(to, {&view, 1});
  if (!is_done(context, pushed.outcome)) return;
  // Room for the push may have evicted the source.
  if (const auto rest = context.store.find(source, context.now, Lookup::write)) {
    ListEdit(context.store, source, rest, context.now)
        .erase(index_at(from, ListView(rest).size()), 1);
  }
  context.reply.bulk(value);
}

}  // namespace

void lpop(DataContext& context) { pop(context, ListEnd::front); }

void rpop(DataContext& context) { pop(context, ListEnd::back); }

void rpoplpush(DataContext& context) { move(context, ListEnd::back, ListEnd::front); }

void lmove(DataContext& context) {
  const auto from = parse_list_end(context.arguments[3]);
  const auto to = parse_list_end(context.arguments[4]);
  if (!from || !to) return context.reply.error(errors::syntax);
  move(context, *from, *to);
}

void lrem(DataContext& context) {
  const auto& words = context.arguments;
  const auto count = parse_integer(words[2]);
  if (!count) return context.reply.error(errors::not_an_integer);
  const auto found = context.store.find(words[1], context.now, Lookup::write);
  if (!found) return context.reply.integer(0);
  if (refuses(context, found, ValueType::list)) return;
  const bool from_back = *count < 0;
  // Taken as unsigned first, since the lowest number has no positive twin.
  const auto bits = static_cast<std::size_t>(*count);
  const std::size_t limit = from_back ? 0 - bits : bits;
  const std::size_t most = limit > 0 ? limit : ListView(found).size();
  const std::size_t removed =
      ListEdit(context.store, words[1], found, context.now).remove_equal(words[3], most, from_back);
  context.reply.integer(static_cast<std::int64_t>(removed));
}

void ltrim(DataContext& context) {
  const auto& words = context.arguments;
  const auto first = parse_integer(words[2]);
  const auto last = parse_integer(words[3]);
  if (!first || !last) return context.reply.error(errors::not_an_integer);
  const auto found = context.store.find(words[1], context.now, Lookup::write);
  if (refuses(context, found, ValueType::list)) return;
  if (!found) return context.reply.ok();
  const std::size_t size = ListView(found).size();
  const ListRange kept = range_in(*first, *last, size);
  const std::size_t behind = kept.first + kept.count;
  const storage::EffectGroup group(context.store.sink());
  if (kept.count == 0) {
    context.store.remove(words[1], context.now);
    return context.reply.ok();
  }
  ListEdit(context.store, words[1], found, context.now).erase(behind, size - behind);
  const auto rest = context.store.find(words[1], context.now, Lookup::write);
  ListEdit(context.store, words[1], rest, context.now).erase(0, kept.first);
  context.reply.ok();
}

}  // namespace cachekit::node::commands
