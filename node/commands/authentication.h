// What HELLO and AUTH share.

#pragma once

#include <string_view>

#include "node/commands/context.h"

namespace cachekit::node::commands {

inline constexpr std::string_view default_user = "default";

/// There is one user, "default". True, and the connection may do everything, if name and password
/// are right; otherwise the error has been answered.
bool authenticate(Context& context, std::string_view user, std::string_view password);

/// Whether a name, of a connection or a library, is printable and without blanks; CLIENT LIST
/// separates its fields by blanks.
bool is_plain_name(std::string_view name);

inline constexpr std::string_view bad_client_name =
    "ERR Client names cannot contain spaces, newlines or special characters.";

}  // namespace cachekit::node::commands
