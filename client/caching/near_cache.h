// The near-cache of one client: looks keys up in its store, fills it by reads that nodes keep track
// of, and drops what nodes, topologies and the client itself change.
//
// Where a fill brings no answer the router does, with its retries and fallbacks, and nothing is
// kept.
//
// Thread rule: any thread.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cachekit/near_cache.h"
#include "cachekit/options.h"
#include "cachekit/shared_value.h"
#include "client/caching/fills.h"
#include "client/caching/invalidation_listener.h"
#include "client/caching/near_store.h"
#include "client/caching/tracked_cluster.h"
#include "client/io/socket_engine.h"
#include "client/metrics/counter.h"
#include "client/routing/router.h"

namespace cachekit::caching {

class NearCache {
 public:
  struct Settings {
    io::ConnectionSettings reads;
    io::ConnectionSettings invalidations;
    Guards guards = {};
  };

  /// The router must outlive it, and is told here whom to tell of its changes.
  NearCache(routing::Router& router, const ClientOptions& options, Settings settings);
  NearCache(const NearCache&) = delete;
  NearCache& operator=(const NearCache&) = delete;

  /// The value of a key, or nothing on a miss.
  Result<std::optional<std::string>> get(std::string_view key);
  Result<std::optional<SharedValue>> get_shared(std::string_view key);

  /// The same without waiting, and nothing if the cache does not know: then a thread of its own
  /// reads the key soon, for those who ask later, unless too many wait for it already.
  std::optional<std::optional<std::string>> look(std::string_view key);

  /// To be called when a request is sent, and again when it is answered or given up: drops the keys
  /// that it writes; of one that goes to a node whatever its keys, all of the node if it has none.
  void note_request(const Request& request);
  void note_request_to(std::string_view node, const Request& request);

  /// Of a transaction the key counts as well, which a script may change that does not name it where
  /// commands do.
  void note_transaction(std::string_view key, std::span<const Request> requests);

  /// The same for what nobody waits for: in between look() does not know the keys that it writes,
  /// so that who has begun it and looks then gets nothing older.
  void begin_request(const Request& request);
  void end_request(const Request& request);
  void begin_transaction(std::string_view key, std::span<const Request> requests);
  void end_transaction(std::string_view key, std::span<const Request> requests);

  NearCacheStatistics statistics() const;

 private:
  template <class Visitor>
  bool find(std::string_view key, io::Time now, const Visitor& visit);
  void note_hit(std::string_view key, io::Time now);
  bool keeps(std::string_view key) const;
  std::atomic<std::uint32_t>& writes_of(std::string_view key);
  void begin_write(std::string_view key);
  void end_write(std::string_view key);
  Result<std::optional<std::string>> read(std::string_view key, io::Time now);
  std::shared_ptr<TrackedNode> make_node(const io::Node& node) const;
  Result<io::Greeting> reads_greeting(const io::Greeting& base, std::string_view node);
  LinkContext link_context();
  void take(std::shared_ptr<const routing::ClusterView> view);
  bool tidy();

  routing::Router& router_;
  const routing::Observers observers_;
  const NearCacheOptions options_;
  const Guards guards_;
  const io::Duration total_timeout_;
  const std::function<void(LogLevel, std::string_view)> log_;

  NearStore store_;
  TrackedCluster cluster_;
  io::SocketEngine reads_;
  io::ConnectionSettings link_settings_;
  metrics::Counter misses_;
  metrics::Counter invalidations_;
  std::atomic<std::uint64_t> swept_drops_{0};
  std::array<std::atomic<std::uint32_t>, 256> writes_{};  // under way, by the hash of their keys
  bool sweeping_ = false;                                 // by the listener's thread
  std::optional<InvalidationListener> listener_;
  Fills fills_;  // its thread ends before what it uses
};

}  // namespace cachekit::caching
