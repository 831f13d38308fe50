// Splits an inline command, as typed into telnet, into words.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cachekit::protocol {

/// Words are separated by blanks. "Double quotes" know \n \r \t \b \a \xHH and escape any other
/// character by \; 'single quotes' know only \'. A closing quote must end its word. Nothing if the
/// quotes do not balance.
std::optional<std::vector<std::string>> split_inline_command(std::string_view line);

}  // namespace cachekit::protocol
