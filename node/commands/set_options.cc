#include "node/commands/set_options.h"

#include <array>

#include "node/text.h"

namespace cachekit::node::commands {
namespace {

using Words = std::span<const std::string_view>;
using Condition = SetOptions::Condition;

struct ExpiryWord {
  std::string_view word;
  TimeForm form;
};

constexpr std::array<ExpiryWord, 4> expiry_words{{
    {"EX", seconds_from_now},
    {"PX", milliseconds_from_now},
    {"EXAT", unix_seconds},
    {"PXAT", unix_milliseconds},
}};

bool same_form(TimeForm a, TimeForm b) {
  return a.unit_ms == b.unit_ms && a.from_now == b.from_now;
}

// Each of these takes its words off the front, or leaves them and answers false.

bool take_flag(Words& words, std::string_view name) {
  if (!same_word(words.front(), name)) return false;
  words = words.subspan(1);
  return true;
}

bool take_condition(Words& words, std::string_view name, Condition condition, SetOptions& options) {
  const bool agrees = options.condition == Condition::none || options.condition == condition;
  if (!agrees || !take_flag(words, name)) return false;
  options.condition = condition;
  return true;
}

bool take_comparison(Words& words, SetOptions& options) {
  if (words.size() < 2 || options.condition != Condition::none) return false;
  if (!take_flag(words, "IFEQ")) return false;
  options.condition = Condition::equal;
  options.comparison = words.front();
  words = words.subspan(1);
  return true;
}

// The same word may come twice, the last counts; different ones exclude each other.
bool take_expiry(Words& words, SetOptions& options) {
  if (words.size() < 2 || options.keep_ttl || options.persist) return false;
  for (const auto& [word, form] : expiry_words) {
    if (!same_word(words.front(), word)) continue;
    if (options.expiry && !same_form(options.expiry->form, form)) return false;
    options.expiry = {form, words[1]};
    words = words.subspan(2);
    return true;
  }
  return false;
}

bool take_set_option(Words& words, SetOptions& options) {
  if (take_condition(words, "NX", Condition::absent, options)) return true;
  if (take_condition(words, "XX", Condition::present, options)) return true;
  if (take_comparison(words, options) || take_expiry(words, options)) return true;
  if (take_flag(words, "GET")) return options.get = true;
  if (!options.expiry && take_flag(words, "KEEPTTL")) return options.keep_ttl = true;
  return false;
}

bool take_getex_option(Words& words, SetOptions& options) {
  if (take_expiry(words, options)) return true;
  if (!options.expiry && take_flag(words, "PERSIST")) return options.persist = true;
  return false;
}

template <typename TakeOption>
std::optional<SetOptions> parse(Words words, const TakeOption& take_option) {
  SetOptions options;
  while (!words.empty()) {
    if (!take_option(words, options)) return std::nullopt;
  }
  return options;
}

}  // namespace

std::optional<SetOptions> parse_set_options(Words words) { return parse(words, take_set_option); }

std::optional<SetOptions> parse_getex_options(Words words) {
  return parse(words, take_getex_option);
}

}  // namespace cachekit::node::commands
