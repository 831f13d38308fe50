// Keys that are too hot for one shard: a value in copies on several shards, a counter in parts.
//
//   auto page = cachekit::split(client, "page:home", 4);
//   page.set(html, std::chrono::minutes(5));              // all copies
//   Result<std::optional<SharedValue>> html = page.get();  // one of them, by chance
//
//   auto views = cachekit::split_counter(client, "views:home", 8, std::chrono::hours(24));
//   views.incr();                                          // one of the parts, by chance
//   Result<std::int64_t> all = views.get();                // the sum of all
//
// Where a near-cache serves, a hot key that is seldom written needs no copies.
//
// Thread rule: any number of threads may share one, or a copy of it. The Client must outlive them.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/client.h"

namespace cachekit {

/// More are refused with invalid_argument.
inline constexpr std::size_t max_copies = 256;

/// A value of which each of several shards has a copy, under a key of the form "copy:{0:key}".
///
/// Once set() has succeeded every get() answers with that value or a later one. While it is under
/// way, and after it has failed, some copies are the new value and some the one before: until the
/// next set() or del() that succeeds, or until they expire, which is why each has a time to live.
///
/// A copy that is missing by itself, since it was evicted or its shard is new, is a miss. Whoever
/// loads the value and sets it then renews all.
///
/// Which keys the copies have depends on the shards that there are. While clients learn that shards
/// have come or gone, one that knows it and one that does not may disagree about some of them; and
/// when shards that had gone come back, copies from then may. So an answer may be older than the
/// last set(), though never older than its time to live.
class SplitKey {
 public:
  SplitKey(Client& client, std::string_view key, std::size_t copies);

  /// The value of one of the copies, or nothing if that is missing. A shard that does not answer is
  /// a failure of those calls that chance has sent there.
  Result<std::optional<SharedValue>> get() const;

  /// Sets all copies, at all shards in parallel. ttl is at least 1 ms. Fails with the first failure
  /// if any copy was not, or may not have been, written.
  Result<void> set(std::string_view value, std::chrono::milliseconds ttl) const;

  /// True if there was any copy. Fails as set() does.
  Result<bool> del() const;

  /// The keys of the copies, each on another shard: as many as were asked for, or as there are
  /// shards. One whose weight is next to nothing may have none.
  std::vector<std::string> keys() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A counter whose parts lie under keys of the form "part:{0:key}", wherever those fall. They do
/// not depend on the shards that there are; a part that comes to be another shard's begins at 0
/// there, as every key does.
///
/// Increments go to one part each, which expires `ttl` after its last one. A part that chance
/// spares for so long is gone with what it has counted, so let ttl be long against the time in
/// which a part is hit: parts / increments per second.
class SplitCounter {
 public:
  SplitCounter(Client& client, std::string_view key, std::size_t parts,
               std::chrono::milliseconds ttl);

  /// Three commands to one shard at once: that the part exists and expires, the increment, and that
  /// it expires later now. Fails as the increment does; outcome_unknown means that it may have
  /// been counted.
  Result<void> incr(std::int64_t by = 1) const;

  /// The sum of all parts. Every increment that had returned before this was called is counted,
  /// where reads go to primaries, and some of those under way. Fails if any shard does not answer,
  /// and with server_error if a part is no number, or adding them up goes beyond 64 bits.
  Result<std::int64_t> get() const;

  /// True if there was any part. After a failure some parts may be left.
  Result<bool> del() const;

  /// The keys of the parts.
  const std::vector<std::string>& keys() const { return keys_; }

 private:
  Client* client_;
  std::vector<std::string> keys_;
  std::chrono::milliseconds ttl_;
  std::string problem_;  // with the arguments
};

inline SplitKey split(Client& client, std::string_view key, std::size_t copies) {
  return SplitKey(client, key, copies);
}

inline SplitCounter split_counter(Client& client, std::string_view key, std::size_t parts,
                                  std::chrono::milliseconds ttl) {
  return SplitCounter(client, key, parts, ttl);
}

}  // namespace cachekit
