// The near-cache of one client: looks keys up in its store, fills it by reads that nodes keep track
// of, and drops what nodes, topologies and the client itself change.
//
// A fill is GET and PTTL in one job on the node's tracked connection, one attempt; the entry's
// expiry counts from before it was sent. Whatever goes wrong, the router answers instead, with its
// retries and fallbacks, and nothing is kept.
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
#include "client/caching/invalidation_listener.h"
#include "client/caching/near_store.h"
#include "client/caching/tracked_cluster.h"
#include "client/io/socket_engine.h"
#include "client/routing/router.h"
#include "client/threads/key_workers.h"

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
  /// that it writes. The second is for one that goes to a node whatever its keys.
  void note_request(const Request& request);

  /// The same for one that nobody waits for: in between look() does not know its keys, so that who
  /// has begun it and looks then gets nothing older.
  void begin_request(const Request& request);
  void end_request(const Request& request);

  /// And for a transaction: its key counts as well, which a script may change that does not name it
  /// where commands do.
  void begin_transaction(std::string_view key, std::span<const Request> requests);
  void end_transaction(std::string_view key, std::span<const Request> requests);
  void note_request_to(std::string_view node, const Request& request);

  NearCacheStatistics statistics() const;

 private:
  struct Counters {
    std::atomic<std::uint64_t> misses{0};
    std::atomic<std::uint64_t> fills{0};
    std::atomic<std::uint64_t> voided_fills{0};
    std::atomic<std::uint64_t> refused_fills{0};
    std::atomic<std::uint64_t> unfilled{0};
    std::atomic<std::uint64_t> invalidations{0};
  };

  template <class Visitor>
  bool find(std::string_view key, io::Time now, const Visitor& visit);
  void note_hit(std::string_view key, io::Time now);
  bool keeps(std::string_view key) const;
  void fill_later(std::string_view key);
  std::atomic<std::uint32_t>& writes_of(std::string_view key);
  void begin_write(std::string_view key);
  void end_write(std::string_view key);
  Result<std::optional<std::string>> read(std::string_view key, io::Time now);
  enum class Reported : std::uint8_t { as_a_call, not_at_all };
  std::optional<Result<std::optional<std::string>>> read_and_fill(std::string_view key,
                                                                  io::Time now, Reported reported);
  void fill(const FillToken& token, std::string_view key, const std::optional<std::string>& value,
            std::int64_t ttl_ms, io::Time sent, io::Time answered);
  void report_fill(const Layout& layout, std::uint32_t shard, const Request& get, io::Time sent,
                   io::Time answered);
  io::Time expiry_of(bool absent, std::int64_t ttl_ms, io::Time sent) const;
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
  const io::Duration read_timeout_;
  const io::Duration read_attempt_timeout_;
  const std::function<void(LogLevel, std::string_view)> log_;

  NearStore store_;
  TrackedCluster cluster_;
  io::SocketEngine reads_;
  io::ConnectionSettings link_settings_;
  Counters counters_;
  std::atomic<std::uint64_t> swept_drops_{0};
  std::array<std::atomic<std::uint32_t>, 256> writes_{};  // under way, by the hash of their keys
  bool sweeping_ = false;                                 // by the listener's thread
  std::optional<InvalidationListener> listener_;
  threads::KeyWorkers filler_;
};

}  // namespace cachekit::caching
