// What COMMAND INFO and COMMAND DOCS say of a command, derived from its row in the command table.

#pragma once

#include <string_view>
#include <vector>

#include "protocol/command_table.h"
#include "protocol/reply_writer.h"

namespace cachekit::node::commands {

/// Ten elements as in Redis 7, key specifications and subcommands included.
void describe_command(protocol::ReplyWriter& reply, const protocol::CommandSpec& spec);

/// A map: summary, since, group, and subcommands where there are any.
void document_command(protocol::ReplyWriter& reply, const protocol::CommandSpec& spec);

/// Redis's ACL categories, without their '@'.
std::vector<std::string_view> categories_of(const protocol::CommandSpec& spec);

}  // namespace cachekit::node::commands
