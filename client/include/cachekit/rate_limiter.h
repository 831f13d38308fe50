// How often something may happen, counted in the cluster, so that all processes share one count.
//
//   cachekit::RateLimiter limiter(client, {.permits = 100, .window = std::chrono::minutes(1)});
//   Result<RateDecision> decision = limiter.acquire("user:123");
//   if (decision && !decision->allowed) return too_many_requests(decision->retry_after);
//
// Thread rule: any number of threads may share one, or a copy of it. The Client must outlive them.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "cachekit/client.h"

namespace cachekit {

enum class RateAlgorithm : std::uint8_t {
  /// So many in each window, which begins with its first call. One round trip; for several permits
  /// at once, two. Twice as many may fall into one window's time across the end of a window.
  fixed_window,

  /// Windows begin at multiples of their length, and what was counted in the one before weighs as
  /// much as its share of the last window's time, as if it had been spread evenly. Two round trips
  /// for what is allowed, one for what is refused. Windows must be long against a round trip.
  ///   https://blog.cloudflare.com/counting-things-a-lot-of-different-things/
  sliding_window,

  /// A bucket of so many tokens that fills evenly within a window's time: bursts up to the whole
  /// bucket, and an even rate after them. Two round trips, one for what is refused, and two more
  /// for each time that another caller was faster. Held as the generic cell rate algorithm does, by
  /// the time at which the bucket will be full; a token's time is cut to whole nanoseconds.
  ///   ITU-T I.371; https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
  token_bucket,
};

enum class WhenUnavailable : std::uint8_t {
  allow,   ///< Rather too many than none: fail open.
  refuse,  ///< Rather none than too many: fail closed.
};

/// A larger RateLimit::permits is refused with invalid_argument.
inline constexpr std::int64_t max_permits = 1'000'000'000'000;

struct RateLimit {
  /// In a window, or in a full bucket; 0 to max_permits, and for buckets one a microsecond at most.
  /// 0 allows nothing, and asks nobody.
  std::int64_t permits = 0;

  /// The length of a window, or the time in which an empty bucket fills; 1 ms to a year.
  std::chrono::milliseconds window{0};

  RateAlgorithm algorithm = RateAlgorithm::fixed_window;

  /// What becomes of a call that the cluster has not decided: no node answered, or none in time.
  WhenUnavailable when_unavailable = WhenUnavailable::allow;
};

struct RateDecision {
  bool allowed = false;

  /// What could be acquired just after; 0 if the cluster has not decided.
  std::int64_t remaining = 0;

  /// When the same call may succeed, if nobody else calls; 0 if it was allowed or is undecided.
  std::chrono::milliseconds retry_after{0};

  /// When all permits are there again, if nobody calls; 0 if undecided.
  std::chrono::milliseconds reset_after{0};

  /// Why the cluster has not decided, so that when_unavailable did; ok if it has.
  Status undecided = {};

  bool is_degraded() const { return !undecided.ok(); }
};

/// Limits each key by itself.
///
/// The limit is held exactly, whatever the number of threads and processes, as long as the shard's
/// primary lives and evicts no counter: no window lets in more than it may, no bucket more than it
/// held. A replica that takes over may lack the last increments, unless the client has
/// `write_replicas`; where these are not met, the call is undecided.
///
/// All time is that of the primary's clock; clocks of clients do not matter. Those of primary and
/// replicas should agree: after a failover a bucket's rate and a sliding window are off by the
/// difference once.
///
/// A call whose answer was lost is undecided, and may have been counted; it is never sent again.
/// Calls for the last permits that race may find them gone although they have counted: in a fixed
/// window what was refused like that stays counted, so that some of the last permits may go unused
/// where calls ask for different numbers. In a sliding one it is given back at once.
///
/// Keys in the cluster have the form "{limit:key}:…", with the kind and length of the window, so
/// that limiters of different windows for the same key count for themselves. They always expire:
/// MULTI puts the increment and the expiry into one. They are never read from the near-cache.
/// fixed_window and sliding_window need Redis 7.0 where servers are stock Redis.
class RateLimiter {
 public:
  RateLimiter(Client& client, RateLimit limit);

  /// Fails with invalid_argument if the limit makes no sense, or permits are fewer than 1 or more
  /// than the limit's, unless that is 0; with wrong_type or server_error if somebody else has put
  /// something there, or the server lacks a command; and with unauthenticated. All other failures
  /// are decided by when_unavailable.
  Result<RateDecision> acquire(std::string_view key, std::int64_t permits = 1) const;

  /// Forgets what was counted for the key: true if anything was. Calls under way may still count.
  Result<bool> reset(std::string_view key) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace cachekit
