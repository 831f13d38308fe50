// The sockets of a node: listeners, connections, signals and periodic duties on one libuv loop.
//
// One thread runs the loop. Everything that decides stands in Session and in the store; here they
// only get their turns. listen() and then uv_run(); it returns once stop() has closed everything.

#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "node/connection.h"
#include "node/node.h"
#include "node/now.h"
#include "node/server/client_stream.h"
#include "node/server/listener.h"
#include "node/server/primary_connection.h"
#include "node/server/primary_probe.h"
#include "node/server/turn_input.h"
#include "node/server/turn_meter.h"

namespace cachekit::node {

class Server {
 public:
  /// The store's duties: how often, and how long in one turn, which every client may have to wait
  /// for. The clock is read after so many of the store's steps, some ten microseconds.
  static constexpr std::uint64_t maintenance_interval_ms = 10;
  static constexpr std::uint64_t maintenance_budget_ns = 50'000;
  static constexpr std::size_t maintenance_steps = 16;

  static constexpr std::uint64_t sample_interval_ms = 100;
  static constexpr std::uint64_t replication_interval_ms = 100;

  /// After a connection to the primary was lost or refused. A managed node's primary may not have
  /// its order yet.
  static constexpr std::int64_t redial_interval_ms = 500;
  static constexpr std::int64_t managed_redial_interval_ms = 50;

  /// A managed primary asks its replicas so many times within a lease.
  static constexpr std::int64_t questions_per_lease = 8;

  /// How long a managed primary that is told to stop waits for being replaced.
  static constexpr std::int64_t hand_over_limit_ms = 5000;

  static constexpr std::uint64_t check_interval_ms = 1000;

  /// How long stop() waits for replies to leave.
  static constexpr std::uint64_t stop_limit_ms = 2000;

  Server(Node& node, uv_loop_t* loop);
  ~Server();

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Opens all that the settings name. On failure, a sentence; then stop() and run the loop.
  tl::expected<void, std::string> listen();

  /// The first address that it listens on, as the ready line tells it: host:port, or the path of
  /// the Unix socket if that is all.
  std::string address() const;

  /// Ends listening and all connections, after their replies have left, so that the loop ends.
  void stop(std::string_view reason);

  // For listeners and streams.

  uv_loop_t* loop() { return loop_; }
  Node& node() { return node_; }

  /// The clock as of this loop turn.
  Now now();

  TurnInput& input() { return input_; }

  /// `status` is what libuv says of the new connection.
  void accept_from(Listener& listener, int status);

  void wake_next_turn(ConnectionId id);
  void deliver(const Message& message);

  /// The stream is closed and goes.
  void forget(ConnectionId id);

  /// The connection to the primary is closed and goes.
  void forget_primary();

  void read_on_from_primary();

  /// What the probe of the primary says, and that it is closed and goes.
  void conclude_probe(failover::ProbeOutcome outcome);
  void forget_probe();

 private:
  static constexpr int signal_numbers[] = {SIGTERM, SIGINT};

  tl::expected<void, std::string> listen_on_tcp();
  tl::expected<Listener*, std::string> add_tcp_listener(std::string_view host, std::uint16_t port);
  tl::expected<void, std::string> listen_on_unix_socket();
  void start_timer(uv_timer_t& timer, std::uint64_t interval_ms, uv_timer_cb callback);
  void run_next_turn();
  void tend_replication();
  void tend_primary();
  void tend_mandate();
  void probe_primary();
  bool hands_over();
  void end_turn();
  void deliver_dismissals();
  void send_invalidations();
  void feed_replicas();
  void wake_waiting();
  void maintain();
  void maintain_next_turn();
  void check_times();
  void close_all_streams();
  void end_if_done();
  void log_accept_failure(int status);

  Node& node_;
  uv_loop_t* loop_;
  Now now_;
  TurnInput input_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::map<ConnectionId, std::unique_ptr<ClientStream>> streams_;
  std::vector<ConnectionId> wake_next_turn_;
  bool maintenance_waits_ = false;
  std::unique_ptr<PrimaryConnection> primary_;
  std::unique_ptr<PrimaryProbe> probe_;
  std::int64_t primary_dialled_ms_ = 0;
  std::uint64_t dialled_version_ = 0;
  bool primary_waits_ = false;  // has more to read, in the next turn
  std::int64_t leaving_since_ms_ = 0;
  bool stopping_ = false;
  bool ended_ = false;
  std::int64_t accept_failure_logged_ms_ = -1;
  TurnMeter turn_meter_;

  uv_check_t input_read_{};

  // What has changed in this turn goes to the replicas before the next wait.
  uv_prepare_t turn_ends_{};

  // Runs a turn without waiting for input, as long as somebody has more to do.
  uv_idle_t next_turn_{};
  uv_timer_t maintenance_timer_{};
  uv_timer_t sample_timer_{};
  uv_timer_t replication_timer_{};
  uv_timer_t mandate_timer_{};
  uv_timer_t check_timer_{};
  uv_timer_t stop_timer_{};
  uv_signal_t signals_[2]{};
};

}  // namespace cachekit::node
