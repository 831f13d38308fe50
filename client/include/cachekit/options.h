// How a Client behaves. Every field has a default that suits a cache on a local network.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "cachekit/hot_keys.h"
#include "cachekit/near_cache.h"
#include "cachekit/tracing.h"

namespace cachekit {

/// From which nodes of a shard its keys are read. Where the first choice fails, or takes longer
/// than read_attempt_timeout, the others follow.
enum class ReadPolicy : std::uint8_t {
  primary,         ///< Sees every write that has been acknowledged, unless the primary is away.
  prefer_replica,  ///< Spares the primary.
  nearest,         ///< The one that has answered most quickly of late.
  any,             ///< Spreads reads over all.
};

enum class LogLevel : std::uint8_t { debug, info, warning, error };

enum class WhenFull : std::uint8_t {
  wait,  ///< Until there is room, within total_timeout.
  fail,  ///< At once, with Code::overloaded.
};

struct ClientOptions {
  /// Bound on a whole call, with all its attempts, pauses and connects. Raise it only where late is
  /// better than never; a cache is usually bypassed instead.
  std::chrono::milliseconds total_timeout{1000};

  /// Bound on opening one connection, its greeting included.
  std::chrono::milliseconds connect_timeout{200};

  /// Bound on one attempt's wait for its reply; a read then goes on to the shard's next node.
  /// Raise it for values of many megabytes.
  std::chrono::milliseconds read_timeout{500};

  /// The same for a read while there is another node of the shard that it has not been tried on:
  /// shorter, so that a node that hangs costs a reader little.
  std::chrono::milliseconds read_attempt_timeout{30};

  /// Pays off where reads are many and may be a little old. A key that this client has written is
  /// read from the primary until max_staleness has gone by.
  ReadPolicy read_policy = ReadPolicy::primary;

  /// A node that may lack what the shard acknowledged longer ago does not answer reads, and they go
  /// on to another. Holds for every policy, so it also bounds how old an answer may be while a
  /// primary is away: longer than a promotion takes, or reads fail meanwhile. Nodes of other makes
  /// do not know it.
  std::chrono::milliseconds max_staleness{5000};

  /// Attempts for one call, at most. The total timeout usually ends it first. It alone counts where
  /// a shard has replicas, of which one may take over at any moment.
  int max_attempts = 8;

  /// The pause before attempt n is a random time below backoff_base × 2ⁿ⁻¹, at most backoff_limit.
  std::chrono::milliseconds backoff_base{5};
  std::chrono::milliseconds backoff_limit{100};

  /// Repeat also those changes whose repetition leaves the same state (SET, DEL, absolute
  /// expiry) when an answer is lost. Off, because a repetition may overwrite what another client
  /// wrote in between; without it such a call ends in Code::outcome_unknown.
  bool retry_same_state = false;

  /// Hedging: a read of a shard with replicas that has taken min(p95, 3 × median) of its node's own
  /// time, and 1 ms at least, is sent to the next node as well, and the first answer counts; so are
  /// at most this share of all reads, and as many at once as that comes to in a second. Takes most
  /// of the delay out of short pauses. 0 turns it off, since what is answered by a replica may be
  /// as old as max_staleness. A key that this client has written is not hedged until max_staleness
  /// has gone by.
  double hedge_share = 0;

  /// Of the operations that a node is asked and leaves unanswered, this share may be repeated at
  /// the same node, and 10 besides, so that one that hangs is not buried under repetitions. What
  /// goes on to another node is not counted, nor what was never sent. 1 or more: no bound.
  double retry_share = 0.08;

  /// Write concern: a write returns when so many replicas have it; 0: when the primary has. If they
  /// have not within the time, it ends in Code::concern_not_met: executed, and held by those that
  /// the message tells. Pays off for what must survive the loss of a node.
  int write_replicas = 0;
  std::chrono::milliseconds write_replicas_timeout{200};

  /// Connections to each node, at most, besides those that are shared. As many calls at a time have
  /// one to themselves; when there are more, they share. Requests of more than 64 KiB, writes with
  /// a concern and commands without keys share nothing, and wait for a connection to come free.
  std::size_t connections_per_node = 12;

  /// Connections to each node that many threads share; a thread always takes the same one. One is
  /// the fewest system calls; more pay off where dozens of cores wait for each other's writes.
  std::size_t shared_connections = 1;

  /// Threads that serve asynchronous calls (Client::async), each with connections of its own to
  /// every node that it talks to: one that its calls share, and up to connections_per_node for
  /// those that share nothing. Started by the first such call. More than one pays off where one
  /// core is full.
  std::size_t io_threads = 1;

  /// Asynchronous operations, and bytes of their requests, that may be under way at a time, and
  /// what becomes of more. Divided evenly among the threads.
  std::size_t max_async_operations = 65536;
  std::size_t max_async_bytes = std::size_t{64} << 20;
  WhenFull when_full = WhenFull::wait;

  /// Points on the ring for a shard of weight 1. All clients of a cluster must agree; 150 is the
  /// classic number of other libraries. A topology document names its own.
  std::uint32_t ring_points = 4096;

  /// Values kept in the client's own memory; off unless it is given some. Reads of keys that are
  /// not there go to the primary first, whatever the read policy.
  NearCacheOptions near_cache = {};

  /// Which keys this client asks for most often, and whether all nodes of a shard serve them.
  HotKeyOptions hot_keys = {};

  /// Who is told of calls, of all or of slow ones.
  TracingOptions tracing = {};

  /// Credentials. A user and password in the URL win over these; an empty password means the
  /// first line of `password_file`, if that is named, otherwise the environment variable
  /// CACHEKIT_PASSWORD, if that is set. They appear in no message.
  std::string user = {};
  std::string password = {};
  std::string password_file = {};

  /// Shown by CLIENT LIST on the nodes; no blanks.
  std::string client_name = "cachekit";

  /// Limits on what a node may answer. A larger reply is Code::limit_exceeded and closes the
  /// connection. Depth counts arrays within arrays; more than 7 is not read whatever is set.
  std::size_t max_reply_bytes = std::size_t{512} << 20;
  std::size_t max_reply_elements = std::size_t{1} << 20;
  std::size_t max_reply_depth = 7;

  /// Called, from any thread that uses the client, with a sentence about nodes lost and found. The
  /// library itself never prints.
  std::function<void(LogLevel, std::string_view)> log = {};
};

}  // namespace cachekit
