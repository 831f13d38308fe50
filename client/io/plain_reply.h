// Replies as most are: a string, a number, OK or nothing, and all of it there. Read without a copy
// in between; what is anything else is left to a whole reader. Pure.

#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "cachekit/value.h"

namespace cachekit::io {

/// Appends the reply at the beginning of the bytes, and answers how many of them it was. 0 if it is
/// an error, an array or one of RESP3's, has more than `most` bytes, is cut off or makes no sense:
/// then it still has to be looked at.
std::size_t append_plain_reply(std::vector<Value>& replies, std::string_view bytes,
                               std::size_t most);

}  // namespace cachekit::io
