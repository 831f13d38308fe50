// What an error that a node answered means. Pure.

#pragma once

#include <string_view>

#include "cachekit/status.h"

namespace cachekit::routing {

/// The node says that it has not executed the command, for a reason that passes: it is loading its
/// data, has no link to its primary, is no primary at the moment, takes no more clients.
bool was_refused(std::string_view error_text);

/// The status that a caller gets for an error reply. The message is the node's text.
Status status_of_error(std::string_view error_text);

}  // namespace cachekit::routing
