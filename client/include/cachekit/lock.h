// A lock that processes on different machines share, held for a time.
//
//   cachekit::Lock lock(client, "reports:nightly", {.ttl = std::chrono::seconds(30)});
//   Result<std::optional<HeldLock>> held = lock.acquire(std::chrono::seconds(5));
//   if (!held) return report(held.error());  // the cluster could not tell
//   if (!*held) return;                      // somebody else had it all the time
//   write_report((*held)->fence());          // and is given back when *held goes out of scope
//
// What it does not guarantee: that nobody else holds it while you believe to. A process may stand
// still for any time, at any place, and its lock expire meanwhile. is_valid() finds that out, but
// the process may stand still right after it. What must not happen twice has to be protected where
// it happens: whoever receives the writes keeps the highest Fence that it has seen, and refuses
// lower ones.
//   M. Kleppmann, "How to do distributed locking", 2016

#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "cachekit/client.h"

namespace cachekit {

/// Grows from one holder of a lock to the next, also if another node has become the primary: the
/// epoch counts the shard's primaries, and comes first.
struct Fence {
  std::uint64_t epoch = 0;
  std::uint64_t counter = 0;

  auto operator<=>(const Fence&) const = default;
};

struct LockOptions {
  /// So long it is held unless it is released or extended; 10 ms to a year. Longer than what is
  /// done takes, with all pauses; shorter than what others can wait if the holder dies.
  std::chrono::milliseconds ttl{10000};

  /// A lock counts as acquired only if so many replicas have it, so that it outlives the primary;
  /// at least 1, unless it is advisory.
  int write_replicas = 1;

  /// It may be held twice after a failover, or where there are no replicas after a restart: for
  /// what is only wasteful to do twice. The client's own write concern holds.
  bool advisory = false;
};

/// A lock that was acquired. Released when it is destroyed, if that was not done before. One that
/// was moved from may be destroyed or assigned to, and nothing else.
///
/// Thread rule: is_valid(), remaining() and fence() from any thread, also while another calls
/// extend() or release(), which one thread at a time may. The Client must outlive it.
class HeldLock {
 public:
  HeldLock(HeldLock&&) noexcept;
  HeldLock& operator=(HeldLock&& other) noexcept;
  ~HeldLock();

  const Fence& fence() const;

  /// Whether it cannot have expired yet, by this machine's monotonic clock: counted from before it
  /// was asked for, less 1 % of ttl and 2 ms, by which clocks may run differently. Asks nobody; a
  /// lock that somebody has deleted, or that was lost with a node, is not noticed.
  bool is_valid() const { return remaining() > std::chrono::milliseconds(0); }
  std::chrono::milliseconds remaining() const;

  /// Holds it for the ttl, or for `ttl`, from now on: true. False if it is another's by now, or
  /// nobody's. A failure, such as concern_not_met, makes it last no longer than before.
  Result<bool> extend();
  Result<bool> extend(std::chrono::milliseconds ttl);

  /// Gives it back: true. False if it was not held any more: then what was done in its protection
  /// may have been done by another as well. After a failure it may be held until it expires.
  Result<bool> release();

 private:
  friend class Lock;
  struct State;
  explicit HeldLock(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

/// Thread rule: any number of threads may share one, or a copy of it. The Client must outlive them.
///
/// Two keys of the form "{lock:key}…" are used: the lock, which expires, and its counter, which
/// expires a day after its last use. The counter begins with the time (in µs, by the clock of the
/// client that finds none), so fences grow even if it was lost without a new epoch, as long as
/// clients' clocks differ by less than the time that passes between two holders. Nodes must not
/// evict: with an eviction policy for all keys, or for those that expire, a lock may be lost at any
/// moment.
class Lock {
 public:
  Lock(Client& client, std::string_view key, LockOptions options = {});

  /// Nothing if somebody else holds it. If fewer replicas than wanted have it in time it is given
  /// back, and the failure is concern_not_met; so it is after outcome_unknown. If giving back
  /// fails as well, it stays until it expires, and the message says so. Fails with
  /// invalid_argument if the options make no sense.
  Result<std::optional<HeldLock>> try_acquire() const;

  /// The same, again and again until it is free, for `wait` at most. Those who wait get it in no
  /// particular order, within about 50 ms after it was released.
  Result<std::optional<HeldLock>> acquire(std::chrono::milliseconds wait) const;

 private:
  friend class HeldLock;
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace cachekit
