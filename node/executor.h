// Runs a call that has been found admissible, and accounts for it.

#pragma once

#include <string_view>

#include "node/call.h"

namespace cachekit::node {

/// The reply goes to connection.output, unless the client does not want replies.
void execute(const Call& call, Node& node, Connection& connection);

/// Answers an error instead of executing. `call` is nullptr for an unknown command.
void reject(const Call* call, std::string_view error, Node& node, Connection& connection);

}  // namespace cachekit::node
