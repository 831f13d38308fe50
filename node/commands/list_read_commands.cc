// Reading lists: LINDEX, LLEN, LPOS, LRANGE.

#include <limits>
#include <tl/expected.hpp>
#include <vector>

#include "node/commands/context.h"
#include "node/commands/errors.h"
#include "node/commands/list_arguments.h"
#include "node/commands/numbers.h"
#include "node/commands/values.h"
#include "node/storage/collections/list_view.h"
#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using storage::ListView;
using storage::Lookup;
using storage::ValueType;

struct PositionOptions {
  std::size_t rank = 1;
  bool from_back = false;
  std::optional<std::size_t> count;  // 0: all
  std::size_t most_compared = 0;     // 0: all
};

using OptionsOrError = tl::expected<PositionOptions, std::string_view>;

std::optional<std::string_view> read_rank(std::string_view word, PositionOptions& options) {
  const auto rank = parse_integer(word);
  if (!rank) return errors::not_an_integer;
  if (*rank == std::numeric_limits<std::int64_t>::min()) return errors::beyond_64_bits;
  if (*rank == 0) {
    return "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
           "or use negative to start from the end of the list";
  }
  options.from_back = *rank < 0;
  options.rank = static_cast<std::size_t>(options.from_back ? -*rank : *rank);
  return std::nullopt;
}

std::optional<std::string_view> read_option(std::string_view name, std::string_view word,
                                            PositionOptions& options) {
  if (same_word(name, "RANK")) return read_rank(word, options);
  const auto number = parse_integer(word);
  const bool is_count = number && *number >= 0;
  if (same_word(name, "COUNT")) {
    if (!is_count) return "ERR COUNT can't be negative";
    options.count = static_cast<std::size_t>(*number);
  } else if (same_word(name, "MAXLEN")) {
    if (!is_count) return "ERR MAXLEN can't be negative";
    options.most_compared = static_cast<std::size_t>(*number);
  } else {
    return errors::syntax;
  }
  return std::nullopt;
}

OptionsOrError parse_position_options(std::span<const std::string_view> words) {
  PositionOptions options;
  for (; words.size() >= 2; words = words.subspan(2)) {
    const auto error = read_option(words[0], words[1], options);
    if (error) return tl::unexpected(*error);
  }
  if (!words.empty()) return tl::unexpected(errors::syntax);
  return options;
}

// The indices at which `value` stands, in the order of the search.
std::vector<std::size_t> positions(const ListView& list, std::string_view value,
                                   const PositionOptions& options) {
  const std::size_t wanted = options.count ? *options.count : 1;
  std::vector<std::size_t> found;
  std::size_t compared = 0;
  std::size_t matches = 0;
  const auto compare = [&](std::string_view element) {
    if (element == value && ++matches >= options.rank) {
      found.push_back(options.from_back ? list.size() - 1 - compared : compared);
      if (found.size() == wanted) return false;
    }
    return ++compared != options.most_compared;
  };
  if (options.from_back) {
    list.visit_backwards(list.size() - 1, compare);
  } else {
    list.visit(0, compare);
  }
  return found;
}

}  // namespace

void llen(DataContext& context) {
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::read);
  if (refuses(context, found, ValueType::list)) return;
  context.reply.integer(static_cast<std::int64_t>(ListView(found).size()));
}

void lindex(DataContext& context) {
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::read);
  if (!found) return context.reply.null();
  if (refuses(context, found, ValueType::list)) return;
  const auto number = parse_integer(context.arguments[2]);
  if (!number) return context.reply.error(errors::not_an_integer);
  const ListView list(found);
  const auto index = index_in(*number, list.size());
  if (!index) return context.reply.null();
  context.reply.bulk(list.at(*index));
}

void lrange(DataContext& context) {
  const auto first = parse_integer(context.arguments[2]);
  const auto last = parse_integer(context.arguments[3]);
  if (!first || !last) return context.reply.error(errors::not_an_integer);
  const auto found = context.store.find(context.arguments[1], context.now, Lookup::read);
  if (refuses(context, found, ValueType::list)) return;
  const ListView list(found);
  const ListRange range = range_in(*first, *last, list.size());
  context.reply.array(range.count);
  if (range.count == 0) return;
  std::size_t left = range.count;
  list.visit(range.first, [&](std::string_view element) {
    context.reply.bulk(element);
    return --left > 0 && !context.reply.over_budget();
  });
}

void lpos(DataContext& context) {
  const auto& words = context.arguments;
  const auto options = parse_position_options(words.subspan(3));
  if (!options) return context.reply.error(options.error());
  const auto found = context.store.find(words[1], context.now, Lookup::read);
  if (refuses(context, found, ValueType::list)) return;
  const auto at =
      found ? positions(ListView(found), words[2], *options) : std::vector<std::size_t>();
  if (options->count) {
    context.reply.array(at.size());
    for (const std::size_t index : at) context.reply.integer(static_cast<std::int64_t>(index));
  } else if (at.empty()) {
    context.reply.null();
  } else {
    context.reply.integer(static_cast<std::int64_t>(at.front()));
  }
}

}  // namespace cachekit::node::commands
