// Writes commands as clients send them: an array of bulk strings.

#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cachekit::protocol {

/// Appends one command; `arguments[0]` is its name.
void append_command(std::string& out, std::span<const std::string_view> arguments);

}  // namespace cachekit::protocol
