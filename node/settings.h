// What a node can be told. Filled from flags and a configuration file by options.h; some of it may
// be changed while the node runs, by CONFIG SET (config_parameters.h says what).

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "node/log.h"
#include "node/storage/store_options.h"
#include "protocol/limits.h"

namespace cachekit::node {

inline constexpr std::size_t least_invalidation_limit_bytes = std::size_t{64} << 10;

struct Settings {
  /// Listen on TCP at all. Without it there must be a Unix socket.
  bool tcp = true;

  /// Numeric addresses to listen on. Empty: 127.0.0.1, and ::1 where the machine has it.
  std::vector<std::string> bind;

  /// 0: any free port, which the ready line tells.
  std::uint16_t port = 7379;

  /// Path of a Unix socket to listen on as well; empty: none.
  std::string unix_socket;

  /// What keys, values, tables and buffers may take; 0: no limit.
  std::size_t max_memory_bytes = 0;

  /// What to do when they would take more. A cache evicts; noeviction refuses writes.
  storage::Eviction eviction;

  /// Empty: whoever can connect may do everything. Never logged.
  std::string password;

  /// Most connections at once. Each costs about 1 KiB while it is quiet.
  std::size_t max_clients = 10'000;

  /// What the limit on descriptors leaves for connections; max_clients may not exceed it.
  std::size_t max_clients_ceiling = 1'000'000;

  /// Seconds without a byte to or from a client after which it is disconnected; 0: never.
  std::int64_t timeout_s = 0;

  /// Seconds of silence after which the kernel probes a peer, so that half-open connections end.
  unsigned tcp_keepalive_s = 300;

  /// Most bytes of input kept for one connection. Must hold one whole command, so not below
  /// the largest value that clients send.
  std::size_t query_buffer_limit_bytes = std::size_t{1} << 30;

  /// Most bytes of replies kept for one connection, 0: no limit. A connection stops executing long
  /// before (Session::high_water_bytes), so only a single huge reply can meet it.
  std::size_t output_buffer_limit_bytes = std::size_t{1} << 30;

  /// Most keys that are remembered for clients that track; of those beyond, the clients are told as
  /// if they had changed. 0: no limit. An entry costs about 36 bytes beside its key.
  std::size_t tracking_table_max_keys = 1'000'000;

  /// Most bytes of invalidations that wait for one connection to read them; then it is closed.
  /// A burst of a turn or two must fit, so there is a least.
  std::size_t invalidation_buffer_limit_bytes = std::size_t{32} << 20;

  /// Largest bulk string that a client may send.
  std::size_t max_bulk_bytes = protocol::max_bulk_bytes;

  /// Measure every turn of the loop, for INFO latency. Costs up to two microseconds a turn, so only
  /// where pauses are looked for.
  bool measure_turns = false;

  LogLevel log_level = LogLevel::notice;

  /// The node has no role until it is ordered; see failover/.
  bool managed = false;

  /// How long a managed primary with replicas goes on writing after a replica has last answered.
  std::int64_t lease_ms = 250;

  /// A primary that is not managed refuses writes while fewer replicas than this have acknowledged
  /// something within so many seconds; 0: neither matters.
  std::size_t min_replicas_to_write = 0;
  std::int64_t min_replicas_max_lag_s = 10;
};

}  // namespace cachekit::node
