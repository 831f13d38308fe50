#include "protocol/command_writer.h"

#include <fmt/format.h>

namespace cachekit::protocol {
namespace {

void append_header(std::string& out, char type, std::size_t count) {
  out.push_back(type);
  const fmt::format_int digits(count);
  out.append(digits.data(), digits.size());
  out.append("\r\n");
}

}  // namespace

void append_command(std::string& out, std::span<const std::string_view> arguments) {
  append_command_header(out, arguments.size());
  for (const std::string_view argument : arguments) append_argument(out, argument);
}

void append_command_header(std::string& out, std::size_t argument_count) {
  append_header(out, '*', argument_count);
}

void append_argument(std::string& out, std::string_view argument) {
  append_header(out, '$', argument.size());
  out.append(argument).append("\r\n");
}

}  // namespace cachekit::protocol
