// Sets combined: SINTER, SUNION, SDIFF, their STORE forms, SINTERCARD.
//
// The result of each is a stream of members, which a reply, a count or a new set takes in.

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/numbers.h"
#include "node/commands/values.h"
#include "node/storage/collections/field_view.h"
#include "node/storage/collections/set_builder.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using storage::FieldItem;
using storage::FieldTable;
using storage::FieldView;
using storage::Lookup;
using storage::SetBuilder;
using storage::ValueType;

// One of the sets, which stays as it is while others are looked up: a small one is copied.
struct Source {
  std::string block;
  const FieldTable* table = nullptr;

  FieldView view() const {
    return table != nullptr ? FieldView(*table) : FieldView(ValueType::set, block);
  }
};

using Sources = std::vector<Source>;
using Members = std::vector<std::string_view>;

/// Takes the next member of a result, which lies in a source; false if no more are wanted.
using Take = std::function<bool(std::string_view)>;

// Nothing, with the error replied, if one of the keys is no set.
std::optional<Sources> find_sources(DataContext& context, std::span<const std::string_view> keys) {
  Sources sources;
  sources.reserve(keys.size());
  for (const std::string_view key : keys) {
    const auto found = context.store.find(key, context.now, Lookup::read);
    if (refuses(context, found, ValueType::set)) return std::nullopt;
    const FieldView view(found);
    sources.push_back({std::string(view.block()), view.table()});
  }
  return sources;
}

void intersect(Sources& sources, const Take& take) {
  const auto by_size = [](const Source& a, const Source& b) {
    return a.view().size() < b.view().size();
  };
  std::sort(sources.begin(), sources.end(), by_size);
  const std::span others = std::span(sources).subspan(1);
  sources.front().view().visit_all([&](const FieldItem& item) {
    const bool everywhere = std::all_of(others.begin(), others.end(), [&](const Source& other) {
      return other.view().contains(item.field);
    });
    return !everywhere || take(item.field);
  });
}

void unite(const Sources& sources, SetBuilder& result) {
  for (const Source& source : sources) {
    source.view().visit_all([&](const FieldItem& item) {
      result.add(item.field);
      return true;
    });
  }
}

// Each member of the first is looked up in all others. If they are so many that it is less work,
// what they hold is taken away from a copy of the first instead.
bool looking_up_is_cheaper(const Sources& sources) {
  std::size_t lookups = sources.front().view().size() * sources.size();
  std::size_t all = 0;
  for (const Source& source : sources) all += source.view().size();
  return lookups / 2 <= all;
}

void subtract_by_lookups(const Sources& sources, const Take& take) {
  const std::span others = std::span(sources).subspan(1);
  sources.front().view().visit_all([&](const FieldItem& item) {
    const bool elsewhere = std::any_of(others.begin(), others.end(), [&](const Source& other) {
      return other.view().contains(item.field);
    });
    return elsewhere || take(item.field);
  });
}

void subtract(const Sources& sources, SetBuilder& result) {
  const auto add = [&](std::string_view member) {
    result.add(member);
    return true;
  };
  if (looking_up_is_cheaper(sources)) return subtract_by_lookups(sources, add);
  unite({sources.front()}, result);
  for (const Source& source : std::span(sources).subspan(1)) {
    source.view().visit_all([&](const FieldItem& item) {
      result.remove(item.field);
      return true;
    });
  }
}

void reply_members(protocol::ReplyWriter& reply, const FieldView& set) {
  reply.set(set.size());
  set.visit_all([&](const FieldItem& member) {
    reply.bulk(member.field);
    return !reply.over_budget();
  });
}

void store_result(DataContext& context, SetBuilder& result) {
  const auto key = context.arguments[1];
  if (result.size() == 0) {
    context.store.remove(key, context.now);
    return context.reply.integer(0);
  }
  const auto size = static_cast<std::int64_t>(result.size());
  if (is_done(context, result.put(context.store, key, context.now))) context.reply.integer(size);
}

void intersect_into(Sources& sources, SetBuilder& result) {
  intersect(sources, [&](std::string_view member) {
    result.add(member);
    return true;
  });
}

// Makes a result of the keys from `first_key` on.
template <typename Combine>
bool combine(DataContext& context, std::size_t first_key, const Combine& how, SetBuilder& result) {
  auto sources = find_sources(context, context.arguments.subspan(first_key));
  if (sources) how(*sources, result);
  return sources.has_value();
}

template <typename Combine>
void reply_combined(DataContext& context, const Combine& how) {
  SetBuilder result(context.store);
  if (combine(context, 1, how, result)) reply_members(context.reply, result.view());
}

template <typename Combine>
void store_combined(DataContext& context, const Combine& how) {
  SetBuilder result(context.store);
  if (combine(context, 2, how, result)) store_result(context, result);
}

}  // namespace

void sinter(DataContext& context) {
  auto sources = find_sources(context, context.arguments.subspan(1));
  if (!sources) return;
  Members members;
  intersect(*sources, [&](std::string_view member) {
    members.push_back(member);
    return true;
  });
  context.reply.set(members.size());
  for (const std::string_view member : members) context.reply.bulk(member);
}

void sunion(DataContext& context) { reply_combined(context, unite); }

void sdiff(DataContext& context) { reply_combined(context, subtract); }

void sinterstore(DataContext& context) { store_combined(context, intersect_into); }

void sunionstore(DataContext& context) { store_combined(context, unite); }

void sdiffstore(DataContext& context) { store_combined(context, subtract); }

void sintercard(DataContext& context) {
  const auto& words = context.arguments;
  const auto key_count = parse_integer(words[1]);
  if (!key_count || *key_count < 1) {
    return context.reply.error("ERR numkeys should be greater than 0");
  }
  if (*key_count > static_cast<std::int64_t>(words.size() - 2)) {
    return context.reply.error("ERR Number of keys can't be greater than number of args");
  }
  const auto keys = words.subspan(2, static_cast<std::size_t>(*key_count));
  std::size_t limit = 0;
  for (auto options = words.subspan(2 + keys.size()); !options.empty();
       options = options.subspan(2)) {
    if (options.size() < 2 || !same_word(options[0], "LIMIT")) {
      return context.reply.error(errors::syntax);
    }
    const auto number = parse_integer(options[1]);
    if (!number || *number < 0) return context.reply.error("ERR LIMIT can't be negative");
    limit = static_cast<std::size_t>(*number);
  }
  auto sources = find_sources(context, keys);
  if (!sources) return;
  std::size_t count = 0;
  intersect(*sources, [&](std::string_view) { return ++count != limit; });
  context.reply.integer(static_cast<std::int64_t>(count));
}

}  // namespace cachekit::node::commands
