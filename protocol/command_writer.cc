#include "protocol/command_writer.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace cachekit::protocol {
namespace {

constexpr std::string_view line_end = "\r\n";

void append_header(std::string& out, char type, std::size_t count) {
  std::array<char, 24> header;
  header[0] = type;
  char* end = std::to_chars(header.data() + 1, header.data() + header.size(), count).ptr;
  end = std::ranges::copy(line_end, end).out;
  out.append(header.data(), end);
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
  out.append(argument).append(line_end);
}

}  // namespace cachekit::protocol
