// How old the data are that a node answers from.

#pragma once

#include <cstdint>
#include <optional>

namespace cachekit::node {

class Node;

/// In milliseconds: what the shard had acknowledged so long ago is there. 0 for a node that decides
/// by itself; nothing if it is not known. A managed primary without a lease may have been replaced
/// since it had one.
std::optional<std::int64_t> staleness_ms(const Node& node);

}  // namespace cachekit::node
