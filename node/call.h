// One command as it came in, found in the command table, and whether it may run.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "node/commands/subcommands.h"
#include "protocol/command_table.h"

namespace cachekit::node {

struct Call {
  const protocol::CommandSpec* spec;
  const Subcommand* subcommand;  ///< nullptr for a command without.
  std::span<const std::string_view> arguments;
};

/// Checks a command that has been looked up, or returns the error to answer. `spec` is nullptr if
/// there is no such command. There is at least one argument.
tl::expected<Call, std::string> resolve(const protocol::CommandSpec* spec,
                                        std::span<const std::string_view> arguments);

/// The same for a command that is known already.
Call resolved(const protocol::CommandSpec& spec, std::span<const std::string_view> arguments);

/// The error to answer instead of executing or queueing the call: not authenticated, or no memory.
/// May evict keys to make room.
std::optional<std::string> refusal_of(const Call& call, Node& node, const Connection& connection);

/// Whether the call changes keys, or is EXEC of a transaction that does.
bool may_write(const Call& call, const Connection& connection);

/// Whether the connection must authenticate before it may do more.
bool needs_authentication(const Node& node, const Connection& connection);

/// "get", "client|list": as in CLIENT LIST and INFO.
std::string full_name_of(const Call& call);

}  // namespace cachekit::node
