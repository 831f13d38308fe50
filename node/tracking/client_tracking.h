// What one connection has asked for by CLIENT TRACKING, as in Redis 7.

#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>

namespace cachekit::node::tracking {

/// Names a connection in the table of keys, in half of the bytes that its id takes. 0: none.
using TrackerNumber = std::uint32_t;

using Prefixes = std::set<std::string, std::less<>>;

struct ClientTracking {
  bool on = false;
  bool broadcast = false;        ///< BCAST: told of every change under its prefixes, read or not.
  bool opt_in = false;           ///< Only what is read behind CLIENT CACHING YES is remembered.
  bool opt_out = false;          ///< All is, but for what is read behind CLIENT CACHING NO.
  bool no_loop = false;          ///< Is not told what it changes itself.
  bool caching = false;          ///< CLIENT CACHING has been said, and holds for the next command.
  bool broken_redirect = false;  ///< The connection to be told in its stead was not there.

  TrackerNumber number = 0;  ///< Not in broadcast mode.

  /// Id of the connection that is told instead; 0: this one.
  std::uint64_t redirect = 0;

  Prefixes prefixes;

  bool remembers_reads() const { return on && !broadcast; }

  /// What CLIENT CACHING said, or did not say, decides.
  bool remembers_now() const {
    return remembers_reads() && !(opt_in && !caching) && !(opt_out && caching);
  }
};

}  // namespace cachekit::node::tracking
