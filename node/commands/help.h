// The HELP of a command with subcommands, made from its table.

#pragma once

#include "node/commands/context.h"

namespace cachekit::node::commands {

void subcommand_help(Context& context);

}  // namespace cachekit::node::commands
