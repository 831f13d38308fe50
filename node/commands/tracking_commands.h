// CLIENT's subcommands about tracking.

#pragma once

#include <cstdint>

#include "node/commands/context.h"

namespace cachekit::node::commands {

void client_caching(Context& context);
void client_getredir(Context& context);
void client_tracking(Context& context);
void client_trackinginfo(Context& context);

/// As CLIENT LIST shows it: the id of the connection that is told instead, 0 if it is this one
/// itself, -1 without tracking.
std::int64_t redirection_of(const Connection& connection);

}  // namespace cachekit::node::commands
