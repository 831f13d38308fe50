// Reading and writing several values at once.

#include <fmt/format.h>

#include <vector>

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/values.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using storage::KeyValue;
using storage::Lookup;

/// What follows the name, in pairs; empty, with the error replied, if one key has no value.
std::vector<KeyValue> pairs_of(DataContext& context) {
  const auto words = context.arguments.subspan(1);
  std::vector<KeyValue> pairs;
  if (words.size() % 2 != 0) {
    context.reply.error(
        fmt::format("ERR wrong number of arguments for '{}' command", lower(context.spec.name)));
    return pairs;
  }
  pairs.reserve(words.size() / 2);
  for (std::size_t i = 0; i < words.size(); i += 2) pairs.push_back({words[i], words[i + 1]});
  return pairs;
}

bool write_all(DataContext& context, std::span<const KeyValue> pairs) {
  if (context.store.set_all(pairs, context.now) == storage::WriteOutcome::done) return true;
  context.reply.error(errors::out_of_memory);
  return false;
}

bool any_exists(DataContext& context, std::span<const KeyValue> pairs) {
  for (const KeyValue& pair : pairs) {
    if (context.store.find(pair.key, context.now, Lookup::write)) return true;
  }
  return false;
}

}  // namespace

void mget(DataContext& context) {
  const auto keys = context.arguments.subspan(1);
  context.reply.array(keys.size());
  for (const auto key : keys) {
    const auto found = context.store.find(key, context.now, Lookup::read);
    const bool is_string = found && found->type == storage::ValueType::string;
    reply_value(context.reply, is_string ? found : std::nullopt);
  }
}

void mset(DataContext& context) {
  const auto pairs = pairs_of(context);
  if (!pairs.empty() && write_all(context, pairs)) context.reply.ok();
}

void msetnx(DataContext& context) {
  const auto pairs = pairs_of(context);
  if (pairs.empty()) return;
  if (any_exists(context, pairs)) return context.reply.integer(0);
  if (write_all(context, pairs)) context.reply.integer(1);
}

}  // namespace cachekit::node::commands
