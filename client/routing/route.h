// Where a request belongs, by the command table. Pure.
//
// A command that the table does not know is taken for a write whose first argument is its one key:
// so it goes to a primary and is never repeated on suspicion. Some whose first argument is known to
// be no key are refused.

#pragma once

#include <string_view>

#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "protocol/command_table.h"

namespace cachekit::routing {

struct Route {
  const protocol::CommandSpec* spec = nullptr;  ///< Null if the table does not know the command.
  protocol::KeyRange keys;
  protocol::Retry retry = protocol::Retry::never;
  bool writes = true;  ///< Or is treated as what does: a transaction goes to the primary.

  bool may_change_data() const { return writes && retry != protocol::Retry::read; }
};

/// The position in `request` of key number `index`.
inline std::size_t key_position(const protocol::KeyRange& keys, std::size_t index) {
  return keys.first + index * keys.step;
}

/// Fails with invalid_argument if the request is one that cannot be routed: it was refused when it
/// was made, names no key, or would change the state of a connection that calls share.
Result<Route> route_by_keys(const Request& request);

/// The same for a request to a node of the caller's choice, with or without keys.
Result<Route> route_to_node(const Request& request);

}  // namespace cachekit::routing
