// What a client has done and how its nodes do, in numbers: Client::stats().
//
//   const cachekit::ClientStats stats = client.stats();
//   show(stats.call_latency.read.quantile(0.99));
//   for (const cachekit::NodeStats& node : stats.nodes) show(node.address, node.errors.unanswered);
//   reply(cachekit::prometheus_text(stats));   // prometheus.h
//
// Counters rise from when the client was made, those of a node from when the topology named it.
// They are read one after the other while calls go on, so that sums may differ by what has happened
// meanwhile.
//
// Values; no thread rule.

#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/command_class.h"
#include "cachekit/hot_keys.h"
#include "cachekit/latency_histogram.h"
#include "cachekit/near_cache.h"
#include "cachekit/status.h"

namespace cachekit {

enum class NodeRole : std::uint8_t {
  primary,
  replica,
  absent,  ///< Down, or not complete yet; left alone. See Shard::absent.
};

enum class BreakerState : std::uint8_t {
  closed,
  open,  ///< Also while a probe is under way.
};

/// As in "primary", "open".
std::string_view name_of(NodeRole role);
std::string_view name_of(BreakerState state);

/// Attempts that have not brought what was asked for, by reason.
struct NodeErrors {
  // Without a reply.
  std::uint64_t not_sent = 0;    ///< No connection, or it broke before all was handed over.
  std::uint64_t unanswered = 0;  ///< Sent, and the time or the connection ended before the reply.
  std::uint64_t unreadable = 0;  ///< Answered by what is no reply, or beyond the limits.

  // Replies.
  std::uint64_t refused = 0;  ///< Not now: LOADING, READONLY, TRYAGAIN and the like; tried again.
  std::uint64_t wrong_type = 0;
  std::uint64_t out_of_memory = 0;
  std::uint64_t unauthenticated = 0;
  std::uint64_t other = 0;
};

/// What this client knows of a node of the present topology.
struct NodeStats {
  std::string address;  ///< As the topology writes it.
  std::string shard;
  NodeRole role = NodeRole::primary;

  /// Commands that were taken to the node, each try by itself, and have ended. A read that fills
  /// the near-cache counts as one.
  std::uint64_t attempts = 0;
  std::uint64_t replies = 0;  ///< Error replies included.
  NodeErrors errors;

  std::uint64_t retries = 0;  ///< Attempts at what had been tried before, here or elsewhere.
  std::uint64_t retries_refused = 0;  ///< Not made, since the node's retry budget was used up.
  std::uint64_t hedges = 0;           ///< Attempts made because another node took long.
  std::uint64_t hedges_won = 0;       ///< Of these, how many were answered.

  std::uint64_t connections_opened = 0;  ///< Without the near-cache's own.
  std::uint64_t connections_failed = 0;  ///< That could not be opened.

  BreakerState breaker = BreakerState::closed;
  std::uint64_t breaker_opened = 0;  ///< How often.

  /// Running estimates, of all that this client asks; what read_policy and hedging go by. Zero
  /// before the first answer.
  std::chrono::nanoseconds recent_latency{0};
  std::chrono::nanoseconds recent_median{0};
  std::chrono::nanoseconds recent_p95{0};

  /// Of the replies, each command by itself: from handing it over to the reply, with the time to
  /// open a connection where there was none. What is sent together counts as long as all of it.
  PerClass<LatencyHistogram> latency;
};

inline constexpr std::size_t code_count = static_cast<std::size_t>(Code::malformed_value) + 1;

struct ClientStats {
  std::vector<NodeStats> nodes;  ///< By shard, each primary first; then the absent ones.

  /// Calls that have ended, by Code; each command of a pipeline is one. Those that the near-cache
  /// has answered by itself are counted there alone.
  std::array<std::uint64_t, code_count> calls{};

  /// The same, by how long they took: from the call to its result, with all that came in between.
  PerClass<LatencyHistogram> call_latency;

  NearCacheStatistics near_cache;

  std::uint64_t topology_version = 0;
  std::uint64_t topology_changes = 0;  ///< How often another one came into force.

  std::size_t async_under_way = 0;  ///< Asynchronous operations that were started and not told yet.
  std::uint64_t hook_failures = 0;  ///< How often a hook of TracingOptions has thrown.

  std::vector<HotKey> hot_keys;  ///< See Client::hot_keys().

  std::uint64_t calls_with(Code code) const { return calls[static_cast<std::size_t>(code)]; }
  std::uint64_t all_calls() const;
};

}  // namespace cachekit
