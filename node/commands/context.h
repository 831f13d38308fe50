// What a command handler works with.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "node/storage/store.h"
#include "protocol/command_table.h"
#include "protocol/reply_writer.h"

namespace cachekit::node {

class Node;         // settings, statistics and connections of this process: node/node.h
struct Connection;  // what the node knows of one client: node/connection.h

struct Context {
  const protocol::CommandSpec& spec;
  std::span<const std::string_view> arguments;  ///< The command's name and what follows it.
  protocol::ReplyWriter& reply;                 ///< A handler writes exactly one reply.
  storage::Store& store;
  storage::UnixMillis now;  ///< Read once a loop turn.
  Node& node;
  Connection& connection;
};

/// The arity has been checked against the table before.
using Handler = void (*)(Context&);

namespace commands {
#define COMMAND(id, ...) void id(Context& context);
#include "protocol/commands.def"
#undef COMMAND
}  // namespace commands

Handler handler_of(protocol::CommandId id);

}  // namespace cachekit::node
