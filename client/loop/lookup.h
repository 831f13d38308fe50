// Names, looked up without holding up a loop.

#pragma once

#include <uv.h>

#include <functional>
#include <vector>

#include "client/io/clock.h"
#include "client/io/resolver.h"

namespace cachekit::loop {

using Addresses = Result<std::vector<io::SocketAddress>>;

/// Tells of the node's addresses, later, on the loop's thread. The resolver must outlive the loop.
void look_up(uv_loop_t& loop, io::Resolver& resolver, const topology::NodeAddress& node,
             io::Time deadline, std::function<void(Addresses)> told);

}  // namespace cachekit::loop
