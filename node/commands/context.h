// What a command handler works with.
//
// A handler of a read or write command sees a DataContext: its arguments, the store and the reply.
// The rest, about connections and the node itself, sees a Context.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "node/storage/store.h"
#include "protocol/command_table.h"
#include "protocol/reply_writer.h"

namespace cachekit::node {

class Node;         // settings, statistics and connections of this process: node/node.h
struct Connection;  // what the node knows of one client: node/connection.h

struct DataContext {
  const protocol::CommandSpec& spec;
  std::span<const std::string_view> arguments;  ///< The command's name and what follows it.
  protocol::ReplyWriter& reply;                 ///< A handler writes exactly one reply.
  storage::Store& store;
  storage::UnixMillis now;  ///< Read once a loop turn.
};

struct Context : DataContext {
  Node& node;
  Connection& connection;
};

/// The arity has been checked against the table before.
using Handler = void (*)(Context&);

namespace commands {

constexpr bool on_data(protocol::Access access) {
  return access == protocol::Access::read || access == protocol::Access::write;
}

template <protocol::Access access>
using ContextFor = std::conditional_t<on_data(access), DataContext, Context>;

#define COMMAND(id, name, arity, access, ...) \
  void id(ContextFor<protocol::Access::access>& context);
#include "protocol/commands.def"
#undef COMMAND

}  // namespace commands

Handler handler_of(protocol::CommandId id);

}  // namespace cachekit::node
