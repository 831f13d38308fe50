// Values that are in the cache at once, and in their source a little later: many changes of a key
// become one, and many keys one call.
//
//   cachekit::WriteBehind carts(
//       client, [&database](const std::vector<Change>& changes) { return database.save(changes); },
//       {.ttl = std::chrono::hours(1)});
//   Result<CacheWrite> written = carts.set("cart:7", bytes);
//
// What may be lost: a change is in the memory of this process and in the cache, and nowhere else,
// from set() until the source has taken it, which takes `delay`, a call, and however long the
// source fails. If the process dies in between, the change never reaches the source; the cache
// serves it until its ttl is over, the node evicts it or a failover forgets it, and then the older
// value comes back from the source. Use it for what can be lost or counted again, not for orders.
//
// Thread rule: any number of threads may share one. The Client must outlive it.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/client.h"

namespace cachekit {

struct Change {
  std::string key;
  OptionalString value;  ///< Nothing: the key was deleted.

  bool operator==(const Change&) const = default;
};

struct WriteBehindOptions {
  /// For so long the cache holds a value; 1 ms to a year. Longer than the source ever takes, or
  /// fails, or readers find the older value there.
  std::chrono::milliseconds ttl{3'600'000};

  /// For so long a change is held back, so that later ones of its key replace it; 0 to a year.
  std::chrono::milliseconds delay{100};

  /// Changes in one call of the source, at most.
  std::size_t batch = 100;

  /// Calls of the source at the same time, each from a thread of its own.
  std::size_t threads = 1;

  /// Keys whose changes wait or are under way, and bytes of them with their values, at most.
  std::size_t max_keys = 10'000;
  std::size_t max_bytes = std::size_t{64} << 20;

  /// For so long a call waits for room; then it fails with Code::overloaded. 0: at once.
  std::chrono::milliseconds wait_for_room{1000};

  /// Changes that the source has refused are tried again after a pause, which grows from the first
  /// of these to the second, each time with fewer other changes in the same call: one that is
  /// refused for ever hinders no other for long.
  std::chrono::milliseconds first_pause{50};
  std::chrono::milliseconds longest_pause{5000};

  /// A change that has been refused for so long is lost; 0: never.
  std::chrono::milliseconds give_up_after{0};

  /// For so long close() goes on writing. What is left then is lost.
  std::chrono::milliseconds flush_limit{10'000};

  /// Is told every change that is lost, and why, by one of the threads or by close().
  std::function<void(const std::vector<Change>&, const Status&)> on_loss = {};
};

/// What became of a change that was accepted; the source comes later.
struct CacheWrite {
  /// ok, or why the cache may hold an older value, and another process serve it, until the change
  /// is in the source and the older value's time over.
  Status cache = {};
};

/// What a WriteBehind has done since it was made, and what it holds now.
struct WriteBehindStatistics {
  std::uint64_t changes = 0;         ///< Accepted.
  std::uint64_t coalesced = 0;       ///< Of these: replaced by a later one, and never written.
  std::uint64_t written = 0;         ///< Of these: taken by the source.
  std::uint64_t lost = 0;            ///< Of these: given up.
  std::uint64_t calls = 0;           ///< Of the source.
  std::uint64_t failed_calls = 0;    ///< Of these.
  std::uint64_t refused = 0;         ///< Changes for which there was no room.
  std::uint64_t cache_failures = 0;  ///< Changes that the cache has not taken.
  std::size_t waiting_keys = 0;      ///< Changes that wait or are under way.
  std::size_t waiting_bytes = 0;     ///< Of their keys and values.
};

/// What it guarantees:
/// * The changes of one key reach the source in the order in which they were accepted, by one call
///   at a time; of those that come meanwhile, the last one only.
/// * Each reaches it at least once, unless on_loss is told: a call that failed may have written
///   some of its changes, and is repeated. So writing must be idempotent.
/// * Once set() has returned, get() answers with nothing older, unless CacheWrite::cache has said
///   why it may.
///
/// Between processes there is no order: let one process at a time write a key. Other processes that
/// find nothing in the cache read the source, and may find there what has been changed since.
class WriteBehind {
 public:
  /// Writes all of these changes, which have different keys. What it throws becomes a Status,
  /// source_failed unless it is an Error. Called by the object's own threads, until its destructor
  /// has returned. It must not use the object.
  using Store = std::function<Result<void>(const std::vector<Change>& changes)>;

  WriteBehind(Client& client, Store store, WriteBehindOptions options = {});

  /// As close().
  ~WriteBehind();
  WriteBehind(WriteBehind&&) noexcept;
  WriteBehind& operator=(WriteBehind&&) noexcept;

  /// Fails with overloaded, invalid_argument (options that make no sense, a forked child) or
  /// cancelled (it has been closed), and then nothing has been done. Until the source has a
  /// deletion, another process that misses the key may load the older value, and keep it for its
  /// own ttl.
  Result<CacheWrite> set(std::string_view key, std::string_view value);
  Result<CacheWrite> del(std::string_view key);

  /// The change that waits or is under way, if there is one, else what the cache has. For a Loader:
  /// ask pending() first.
  Result<OptionalString> get(std::string_view key);

  /// Nothing: no change of the key waits or is under way.
  std::optional<OptionalString> pending(std::string_view key) const;

  /// Writes all that was accepted before, without delay. Fails with deadline_exceeded if that takes
  /// longer; it says how many changes are left, and how the source has failed last. Fails as that
  /// if changes were given up meanwhile.
  Result<void> flush(std::chrono::milliseconds limit);

  /// Writes what waits, for flush_limit at most; a call of the source is waited for. Calls from
  /// then on, and those that wait, fail with cancelled. Not from the store function, nor from
  /// on_loss. In a forked child nothing is done.
  void close();

  WriteBehindStatistics statistics() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cachekit
