// Sizes as people write them: 1048576, 512mb, 1gb.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cachekit::node {

/// Digits and one of b, k, kb, m, mb, g, gb in any case; as in Redis, k is 1000 and kb is 1024.
/// Nothing for any other text, and for sizes of 2^63 and more.
std::optional<std::size_t> parse_memory_size(std::string_view text);

/// "1.21M", as INFO shows sizes to people.
std::string human_size(std::size_t bytes);

}  // namespace cachekit::node
