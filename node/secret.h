// Compares passwords.

#pragma once

#include <cstddef>
#include <string_view>

namespace cachekit::node {

/// Takes a time that depends on the length of `given` alone, so that answers do not tell how much
/// of a guess was right.
inline bool same_secret(std::string_view expected, std::string_view given) {
  unsigned difference = expected.size() == given.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char other = expected.empty() ? '\0' : expected[i % expected.size()];
    difference |= static_cast<unsigned char>(given[i] ^ other);
  }
  return difference == 0;
}

}  // namespace cachekit::node
