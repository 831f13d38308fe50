// Finds the end of each command in a stream, and nothing else: what any server of this protocol has
// to do at the very least. A command is `*N` and N times `$length` and the bytes.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cachekit::bench::compare {

class CommandEnds {
 public:
  /// Calls `ended(words, end)` for every command that these bytes complete; `end` is behind it.
  template <typename Ended>
  void feed(std::string_view bytes, Ended&& ended) {
    const char* next = bytes.data();
    const char* const end = next + bytes.size();
    while (next < end) {
      if (to_skip_ == 0) {
        next = read_header(next, end);
        continue;
      }
      const auto step = std::min(to_skip_, static_cast<std::size_t>(end - next));
      next += step;
      to_skip_ -= step;
      if (to_skip_ == 0 && words_left_ == 0) ended(words_, next);
    }
  }

 private:
  // As much of a header as there is; the number read so far is kept from call to call.
  const char* read_header(const char* next, const char* end) {
    for (; next < end; ++next) {
      const char c = *next;
      if (c >= '0' && c <= '9') {
        number_ = number_ * 10 + static_cast<std::size_t>(c - '0');
      } else if (c == '\n') {
        end_header();
        return next + 1;
      } else if (c != '\r') {
        of_command_ = c == '*';
        number_ = 0;
      }
    }
    return next;
  }

  void end_header() {
    if (of_command_) {
      words_ = words_left_ = number_;
    } else {
      to_skip_ = number_ + 2;
      --words_left_;
    }
  }

  bool of_command_ = false;
  std::size_t number_ = 0;
  std::size_t words_ = 0;
  std::size_t words_left_ = 0;
  std::size_t to_skip_ = 0;
};

}  // namespace cachekit::bench::compare
