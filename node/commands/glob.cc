// The match walks both strings once and goes back only to the last star: what an earlier star
// swallowed never has to be tried again, since a later one can swallow any rest as well. Cost: at
// worst pattern times text, whatever the number of stars.

#include "node/commands/glob.h"

#include <algorithm>
#include <cstddef>

namespace cachekit::node::commands {
namespace {

constexpr std::size_t no_match = std::string_view::npos;

struct ClassMatch {
  bool contained;
  std::size_t end;  // behind the closing bracket
};

// Bytes are ordered as signed characters, as in Redis.
bool in_range(char byte, char first, char last) {
  const auto value = static_cast<signed char>(byte);
  const auto one_end = static_cast<signed char>(first);
  const auto other_end = static_cast<signed char>(last);
  return std::min(one_end, other_end) <= value && value <= std::max(one_end, other_end);
}

// `at` stands behind the opening bracket. A class that is never closed ends with the pattern.
ClassMatch match_class(std::string_view pattern, std::size_t at, char byte) {
  bool contained = false;
  while (at < pattern.size() && pattern[at] != ']') {
    const std::size_t left = pattern.size() - at;
    if (pattern[at] == '\\' && left >= 2) {
      contained = contained || pattern[at + 1] == byte;
      at += 2;
    } else if (left >= 3 && pattern[at + 1] == '-') {
      contained = contained || in_range(byte, pattern[at], pattern[at + 2]);
      at += 3;
    } else {
      contained = contained || pattern[at] == byte;
      at += 1;
    }
  }
  return {contained, std::min(at + 1, pattern.size())};
}

// Matches one byte against what stands at `at`, no star; returns where the pattern goes on.
std::size_t match_one(std::string_view pattern, std::size_t at, char byte) {
  switch (pattern[at]) {
    case '?':
      return at + 1;
    case '[': {
      const bool negated = at + 1 < pattern.size() && pattern[at + 1] == '^';
      const ClassMatch match = match_class(pattern, at + (negated ? 2 : 1), byte);
      return match.contained != negated ? match.end : no_match;
    }
    case '\\':
      if (at + 1 < pattern.size()) ++at;
      [[fallthrough]];
    default:
      return pattern[at] == byte ? at + 1 : no_match;
  }
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t in_pattern = 0;
  std::size_t in_text = 0;
  std::size_t behind_star = no_match;
  std::size_t star_ends = 0;  // where in the text the last star's run ends, for now
  while (in_text < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      behind_star = ++in_pattern;
      star_ends = in_text;
      continue;
    }
    const std::size_t next =
        in_pattern < pattern.size() ? match_one(pattern, in_pattern, text[in_text]) : no_match;
    if (next != no_match) {
      in_pattern = next;
      ++in_text;
    } else if (behind_star != no_match) {
      in_pattern = behind_star;
      in_text = ++star_ends;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

}  // namespace cachekit::node::commands
