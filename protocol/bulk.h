// Bulk strings and the lines of a type and a number, of which requests and replies are made.

#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

namespace cachekit::protocol {

/// Appends the type, the number and CR LF.
template <class Integer>
void append_number_line(std::string& out, char type, Integer number) {
  std::array<char, 1 + 20 + 2> line;  // 64 bits take 20 characters at most
  line[0] = type;
  char* const end = std::to_chars(line.data() + 1, line.data() + line.size(), number).ptr;
  end[0] = '\r';
  end[1] = '\n';
  out.append(line.data(), static_cast<std::size_t>(end + 2 - line.data()));
}

/// Appends a bulk string: its size, its bytes, CR LF.
void append_bulk(std::string& out, std::string_view bytes);

}  // namespace cachekit::protocol
