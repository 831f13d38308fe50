// The state of one node without its sockets: settings, keys, connections, counters, and the time
// of the present loop turn. Handlers reach everything through it.
//
// Not thread-safe: a node belongs to the thread of its loop.

#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "node/command_batch.h"
#include "node/connection_registry.h"
#include "node/effect_counter.h"
#include "node/effect_fanout.h"
#include "node/failover/mandate.h"
#include "node/failover/suspicion.h"
#include "node/failover/topology_copy.h"
#include "node/log.h"
#include "node/now.h"
#include "node/replication/replication.h"
#include "node/settings.h"
#include "node/statistics.h"
#include "node/storage/store.h"
#include "node/tracking/tracking.h"
#include "protocol/spare_segments.h"

namespace cachekit::node {

/// What distinguishes this run of a node from every other. Chosen in main.cc.
struct Identity {
  std::string run_id;      ///< 40 hexadecimal digits, new at every start.
  std::uint64_t seed = 0;  ///< For choices that only have to be random enough.
};

/// Reads the monotonic clock, in milliseconds, at this moment and not as of the turn's beginning.
using ReadClock = std::function<std::int64_t()>;

class Node {
 public:
  /// Without a clock, time stands still within a turn.
  Node(Settings settings, Identity identity, LogSink log, Now now, ReadClock read_clock = {});

  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const Settings& settings() const { return settings_; }

  /// Takes changed settings, which have been checked, and passes on what concerns the store.
  /// Nothing has changed if the eviction policy cannot be changed now; says why.
  tl::expected<void, std::string> change_settings(Settings settings);

  /// The port in use, once it is known; differs from the settings' if that is 0.
  std::uint16_t listening_port() const { return listening_port_; }
  void set_listening_port(std::uint16_t port) { listening_port_ = port; }

  const std::string& run_id() const { return identity_.run_id; }
  Now started() const { return started_; }

  Now now() const { return now_; }
  void set_now(Now now) { now_ = now; }

  /// Later than now() if the process has been paused in between.
  std::int64_t read_clock() const { return read_clock_ ? read_clock_() : now_.monotonic_ms; }

  storage::Store& store() { return store_; }
  const storage::Store& store() const { return store_; }

  /// Whoever wants to hear of every change subscribes here.
  EffectFanout& effects() { return effects_; }
  const EffectCounter& effect_counter() const { return effect_counter_; }

  replication::Replication& replication() { return replication_; }
  const replication::Replication& replication() const { return replication_; }

  /// nullptr for a node that is not managed.
  failover::Mandate* mandate() { return mandate_ ? &*mandate_ : nullptr; }
  const failover::Mandate* mandate() const { return mandate_ ? &*mandate_ : nullptr; }

  failover::Suspicion& suspicion() { return suspicion_; }
  const failover::Suspicion& suspicion() const { return suspicion_; }

  failover::TopologyCopy& topology_copy() { return topology_copy_; }
  const failover::TopologyCopy& topology_copy() const { return topology_copy_; }

  ConnectionRegistry& connections() { return connections_; }
  const ConnectionRegistry& connections() const { return connections_; }

  tracking::Tracking& tracking() { return tracking_; }
  const tracking::Tracking& tracking() const { return tracking_; }

  /// Some buffer of a connection has another size now; all of them count towards the memory limit.
  void change_buffer_bytes(std::size_t before, std::size_t after);
  std::size_t buffer_bytes() const { return buffer_bytes_; }

  /// So much of the memory limit is not to be used, for the sake of a replica that is fuller.
  void spare_memory(std::size_t bytes);

  /// Scratch memory of a session that goes on with what it had to leave.
  CommandBatch& batch() { return batch_; }

  /// Memory for the next replies, from replies that have been sent.
  protocol::SpareSegments& spare_outputs() { return spare_outputs_; }

  Statistics& statistics() { return statistics_; }
  const Statistics& statistics() const { return statistics_; }
  void reset_statistics();

  /// Takes a sample of the counters that INFO shows as rates; about ten times a second.
  void sample_rates();

  template <typename... Arguments>
  void log(LogLevel level, fmt::format_string<Arguments...> format,
           Arguments&&... arguments) const {
    if (level < settings_.log_level || !log_) return;
    log_(level, fmt::format(format, std::forward<Arguments>(arguments)...));
  }

 private:
  Settings settings_;
  Identity identity_;
  LogSink log_;
  Now started_;
  Now now_;
  ReadClock read_clock_;
  std::uint16_t listening_port_;
  EffectCounter effect_counter_;
  EffectFanout effects_;
  storage::Store store_;
  std::optional<failover::Mandate> mandate_;
  failover::Suspicion suspicion_;
  failover::TopologyCopy topology_copy_;
  replication::Replication replication_{*this};
  ConnectionRegistry connections_;
  tracking::Tracking tracking_;
  Statistics statistics_;
  std::size_t buffer_bytes_ = 0;
  std::size_t spared_bytes_ = 0;
  CommandBatch batch_;
  protocol::SpareSegments spare_outputs_;
};

}  // namespace cachekit::node
