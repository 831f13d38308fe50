// What keeps the near-cache from answering with old values, each by itself. All are on; tests turn
// one off to see that their checks would notice.

#pragma once

namespace cachekit::caching {

struct Guards {
  bool silence_bound = true;      ///< Nothing is served when a node has been silent for too long.
  bool voided_fills = true;       ///< A change while a fill is under way voids it.
  bool own_writes = true;         ///< An own write drops its key, when sent and when answered.
  bool drop_at_reconnect = true;  ///< A lost connection takes with it what was read through it.
  bool drop_at_role_change =
      true;  ///< So does another primary, or a node that says all is invalid.
};

}  // namespace cachekit::caching
