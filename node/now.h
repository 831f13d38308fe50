// The clocks, as read once a loop turn and passed down as an argument.

#pragma once

#include <cstdint>

#include "node/storage/effect.h"

namespace cachekit::node {

struct Now {
  storage::UnixMillis unix_ms = 0;  ///< For expiries; may jump when somebody sets the clock.
  std::int64_t monotonic_ms = 0;    ///< For ages and timeouts; from an arbitrary start.
};

}  // namespace cachekit::node
