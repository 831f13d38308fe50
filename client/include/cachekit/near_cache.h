// The near-cache: values that a client keeps in its own memory, and is told of when they change.
//
//   ClientOptions options;
//   options.near_cache.bytes = 64 << 20;
//   auto client = cachekit::Client::connect(url, options);
//   auto page = client->get_shared("page:1");  // the second time from this process's memory
//
// A value that a hit answers with is never older than `max_silence`, plus the time that a message
// from the node takes, before the call; a key that this client has written itself is never
// answered with what was there before. The memory is the client's own: each of two clients in a
// process has its own.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cachekit {

struct NearCacheOptions {
  /// Memory for entries, with their keys and what they cost to manage; 0: no near-cache.
  std::size_t bytes = 0;

  /// Nodes tell of changes (CLIENT TRACKING). Off, for servers that cannot, a value is as old as
  /// `max_age` at most, and that must be set.
  bool tracking = true;

  /// An entry is served only while its node has shown, no longer ago than this, that it can tell of
  /// changes. So old an answer may be if a connection dies without a word or a node is paused.
  /// Shorter costs a few small messages more: five a time to each node and back.
  std::chrono::milliseconds max_silence{500};

  /// No entry is served for longer than this after it was read; 0: until it expires by itself.
  std::chrono::milliseconds max_age{0};

  /// For how long a key that does not exist is remembered to be absent, if nobody sets it
  /// meanwhile; 0: not at all. Pays off where many reads are for what is not there.
  std::chrono::milliseconds absent_age{0};

  /// Only keys that begin with one of these are kept; none: all.
  std::vector<std::string> prefixes = {};

  /// Nodes tell of every change under the prefixes (all, if there are none) instead of remembering
  /// who has read what. Pays off for few prefixes that are seldom written and read by many clients.
  bool broadcast = false;
};

/// What the near-cache has done since the client was made.
struct NearCacheStatistics {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;  ///< Of keys that are kept at all.
  std::uint64_t fills = 0;
  std::uint64_t voided_fills = 0;  ///< Not kept, since their key changed while they were under way.
  std::uint64_t refused_fills = 0;  ///< Not kept, since they were too large or expired at once.
  /// Misses of which nothing could be kept: answered by a connection that is not told of changes,
  /// or by one that is asked without waiting for a fill, and not read for later.
  std::uint64_t unfilled = 0;
  std::uint64_t invalidations = 0;  ///< Keys that nodes have said to have changed.
  std::uint64_t drops = 0;          ///< How often all entries of a node were dropped at once.
  std::size_t entries = 0;          ///< Now, with those that were dropped and not cleared away yet.
  std::size_t bytes = 0;            ///< The same; at most those of the options.
};

}  // namespace cachekit
