#include "cachekit/value.h"

#include <fmt/format.h>

namespace cachekit {
namespace {

void append_quoted(std::string& out, std::string_view bytes) {
  out.push_back('"');
  for (const char c : bytes) {
    switch (c) {
      case '\\':
      case '"':
        out.push_back('\\');
        out.push_back(c);
        break;
      case '\n':
        out.append("\\n");
        break;
      case '\r':
        out.append("\\r");
        break;
      case '\t':
        out.append("\\t");
        break;
      case '\a':
        out.append("\\a");
        break;
      case '\b':
        out.append("\\b");
        break;
      default:
        if (c >= ' ' && c <= '~') {
          out.push_back(c);
        } else {
          out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        }
    }
  }
  out.push_back('"');
}

void append(std::string& out, const Value& value, std::size_t indent);

/// Elements after the first start on a line of their own, below the first.
void append_elements(std::string& out, const Value::Array& array, std::size_t indent) {
  if (array.empty()) {
    out.append("(empty array)");
    return;
  }
  const std::size_t digits = fmt::format("{}", array.size()).size();
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (i > 0) out.append("\n").append(indent, ' ');
    out += fmt::format("{:>{}}) ", i + 1, digits);
    append(out, array[i], indent + digits + 2);
  }
}

void append(std::string& out, const Value& value, std::size_t indent) {
  if (const auto* number = value.get_if<std::int64_t>()) {
    out += fmt::format("(integer) {}", *number);
  } else if (const auto* bytes = value.get_if<std::string>()) {
    append_quoted(out, *bytes);
  } else if (const auto* simple = value.get_if<Value::SimpleString>()) {
    out.append(simple->text);
  } else if (const auto* error = value.get_if<Value::ErrorText>()) {
    out.append("(error) ").append(error->text);
  } else if (const auto* array = value.get_if<Value::Array>()) {
    append_elements(out, *array, indent);
  } else {
    out.append("(nil)");
  }
}

}  // namespace

std::string Value::text() const {
  std::string out;
  append(out, *this, 0);
  return out;
}

}  // namespace cachekit
