#include "client/io/plain_reply.h"

#include <cstdint>
#include <string>
#include <utility>

#include "protocol/integer.h"

namespace cachekit::io {
namespace {

constexpr std::string_view line_end = "\r\n";

template <class T, class... Arguments>
void append(std::vector<Value>& replies, Arguments&&... arguments) {
  replies.emplace_back(
      Value::Variant(std::in_place_type<T>, std::forward<Arguments>(arguments)...));
}

/// A first line, without its type and its end.
struct Line {
  std::string_view text;
  std::size_t end;  ///< Where what comes after it begins.
};

std::size_t append_integer(std::vector<Value>& replies, const Line& line) {
  const auto number = protocol::parse_integer(line.text);
  if (!number) return 0;
  append<std::int64_t>(replies, *number);
  return line.end;
}

std::size_t append_bulk(std::vector<Value>& replies, std::string_view bytes, const Line& line) {
  if (line.text == "-1") {
    append<Value::Nil>(replies);
    return line.end;
  }
  const auto announced = protocol::parse_integer(line.text);
  if (!announced || *announced < 0) return 0;
  const auto size = static_cast<std::size_t>(*announced);
  const std::string_view rest = bytes.substr(line.end);
  if (rest.size() < line_end.size() || size > rest.size() - line_end.size()) return 0;
  if (rest.substr(size, line_end.size()) != line_end) return 0;
  append<std::string>(replies, rest.substr(0, size));
  return line.end + size + line_end.size();
}

}  // namespace

std::size_t append_plain_reply(std::vector<Value>& replies, std::string_view bytes,
                               std::size_t most) {
  bytes = bytes.substr(0, most);
  if (bytes.empty() || (bytes[0] != '$' && bytes[0] != '+' && bytes[0] != ':')) return 0;
  const std::size_t end = bytes.find(line_end);
  if (end == std::string_view::npos) return 0;
  const Line line{.text = bytes.substr(1, end - 1), .end = end + line_end.size()};
  switch (bytes[0]) {
    case '$':
      return append_bulk(replies, bytes, line);
    case ':':
      return append_integer(replies, line);
    default:
      if (line.text.find_first_of(line_end) != std::string_view::npos) return 0;
      append<Value::SimpleString>(replies, std::string(line.text));
      return line.end;
  }
}

}  // namespace cachekit::io
