#include "protocol/command_writer.h"

#include "protocol/bulk.h"

namespace cachekit::protocol {

void append_command(std::string& out, std::span<const std::string_view> arguments) {
  append_command_header(out, arguments.size());
  for (const std::string_view argument : arguments) append_argument(out, argument);
}

void append_command_header(std::string& out, std::size_t argument_count) {
  append_number_line(out, '*', argument_count);
}

void append_argument(std::string& out, std::string_view argument) { append_bulk(out, argument); }

}  // namespace cachekit::protocol
