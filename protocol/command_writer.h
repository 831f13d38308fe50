// Writes commands as clients send them: an array of bulk strings.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace cachekit::protocol {

/// Appends one command; `arguments[0]` is its name.
void append_command(std::string& out, std::span<const std::string_view> arguments);

/// The same in pieces, for a caller that holds its arguments in another form: a header, then as
/// many arguments as it announces.
void append_command_header(std::string& out, std::size_t argument_count);
void append_argument(std::string& out, std::string_view argument);

}  // namespace cachekit::protocol
