// Fills the near-cache: reads keys on the tracked connections of their primaries, and keeps what
// comes.
//
// A fill is GET and PTTL side by side, one attempt; the entry's expiry counts from before it was
// sent. Whatever goes wrong, nothing is kept, and whoever asked for the key asks the router.
//
// Thread rule: any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/near_cache.h"
#include "cachekit/options.h"
#include "client/caching/doorkeeper.h"
#include "client/caching/near_store.h"
#include "client/caching/tracked_cluster.h"
#include "client/io/engine.h"
#include "client/io/socket_engine.h"
#include "client/metrics/counter.h"
#include "client/routing/call_report.h"
#include "client/threads/key_batches.h"

namespace cachekit::caching {

class Fills {
 public:
  /// What GET answers: nothing if there is no such key.
  using Answer = std::optional<std::string>;

  /// All that is named must outlive it.
  Fills(NearStore& store, TrackedCluster& cluster, io::SocketEngine& engine,
        const routing::Observers& observers, const ClientOptions& options);

  /// Reads a key for a caller, whose call is counted and told; nothing if no tracked connection has
  /// brought an answer.
  std::optional<Answer> read(std::string_view key, io::Time now);

  /// Has a thread read the key soon, for those who ask later: if it has been asked for before, of
  /// late, since it is read twice then, and unless too many wait already.
  void read_later(std::string_view key);

  /// Fills in what has become of them.
  void tell(NearCacheStatistics& statistics) const;

 private:
  struct Fill;
  struct NodeReads;

  std::optional<Fill> begin(const Layout& layout, std::string_view key, io::Time now) const;
  std::vector<std::optional<Answer>> read_all(const Layout& layout,
                                              std::span<const std::string_view> keys, io::Time now,
                                              io::Time deadline);
  std::optional<Answer> end(const Fill& fill, std::span<io::Call> calls, io::Time sent,
                            io::Time answered);
  void keep(const Fill& fill, const Answer& value, std::int64_t ttl_ms, io::Time sent,
            io::Time answered);
  io::Time expiry_of(bool absent, std::int64_t ttl_ms, io::Time sent) const;
  void report(const Layout& layout, std::string_view key, io::Time sent, io::Time answered);
  void keep_for_later(std::span<const std::string> keys);

  NearStore& store_;
  TrackedCluster& cluster_;
  io::SocketEngine& engine_;
  const routing::Observers observers_;
  const NearCacheOptions options_;
  const io::Duration total_timeout_;
  const io::Duration read_timeout_;
  const io::Duration read_attempt_timeout_;

  metrics::Counter kept_;
  metrics::Counter voided_;
  metrics::Counter refused_;
  metrics::Counter unfilled_;
  Doorkeeper doorkeeper_;
  threads::KeyBatches later_;  // at last: its thread uses the others
};

}  // namespace cachekit::caching
