// Which line of changes a node's data belong to.
//
// A history begins when a node with data of its own gets its first replica, or is promoted. A
// promoted node goes on counting where it was, and remembers whose history it continues, so that
// its siblings need no full copy.

#pragma once

#include <string>
#include <string_view>

#include "node/replication/backlog.h"

namespace cachekit::node::replication {

/// What a node calls the history of data that belong to none.
inline constexpr std::string_view no_history = "?";

struct History {
  std::string id;                ///< 40 hexadecimal digits.
  std::string previous_id = {};  ///< The one that it continues; empty: none.
  Offset previous_end = 0;       ///< Up to here the two are one.

  /// Whether data that came under `other_id` up to `offset` are an earlier state of this one's.
  bool continues(std::string_view other_id, Offset offset) const {
    if (other_id == id) return true;
    return !previous_id.empty() && other_id == previous_id && offset <= previous_end;
  }
};

}  // namespace cachekit::node::replication
