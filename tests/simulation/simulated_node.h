// A managed node in the simulation: the real Node, Session and Link, with simulated sockets, timers
// and clocks in the place of node/server.
//
// It can be killed, and comes back empty; stand still, also between executing and answering; its
// clocks may run fast or slow, and its wall clock may be set.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "node/node.h"
#include "node/replication/link.h"
#include "node/session.h"
#include "tests/simulation/network.h"
#include "tests/simulation/world.h"

namespace cachekit::simulation {

class SimulatedNode {
 public:
  static constexpr std::int64_t lease_ms = 250;

  struct Traits {
    Host host = 0;
    Host first_client = 0;  ///< Hosts from here on write.
    double clock_rate = 1;
    node::failover::Guards guards = {};
  };

  /// Somebody has been told OK by this node, as primary of that epoch.
  using Acknowledged = std::function<void(Host, std::uint64_t epoch)>;

  SimulatedNode(World& world, Network& network, Traits traits, Acknowledged acknowledged);
  ~SimulatedNode();

  SimulatedNode(const SimulatedNode&) = delete;
  SimulatedNode& operator=(const SimulatedNode&) = delete;

  static std::string address_of(Host host);
  static Host host_of(const std::string& address);

  void start();
  void kill();
  bool runs() const { return node_ != nullptr; }
  Host host() const { return traits_.host; }

  /// What its clocks show.
  node::Now now() const;

  /// From now on its wall clock is ahead of the simulation's by so much; behind, if negative.
  void set_wall_clock(std::int64_t ahead_ms) { wall_clock_ahead_ms_ = ahead_ms; }

  void pause(Micros length);

  /// From now on each look at the clock before an answer may find that so much time has passed.
  void set_pause_while_answering(double probability, Micros length);

  /// It must run.
  const node::Node& node() const { return *node_; }

 private:
  struct Client;
  struct LinkToPrimary;

  bool is_paused() const { return world_.now() < paused_until_; }
  std::int64_t read_clock();
  void when_running(std::function<void()> what);
  void run_backlog();

  void accept(std::shared_ptr<End> end);
  void receive(node::ConnectionId id, const std::string& bytes);
  void perform(node::ConnectionId id, node::Actions actions);
  void answer(node::ConnectionId id, node::Actions& actions);
  void note_acknowledgement(const Client& client, const std::string& bytes);
  void wake(node::ConnectionId id);
  void forget(node::ConnectionId id);
  void end_turn();
  void tend_link();
  void close_link();
  void dial();
  void on_link(std::uint64_t number, std::function<void(LinkToPrimary&)> what);
  void receive_from_primary(LinkToPrimary& link, const std::string& bytes);
  void tick_link();
  void probe_primary();
  void conclude_probe(node::failover::ProbeOutcome outcome);
  void tick_mandate(std::uint64_t life);
  void tick_replication(std::uint64_t life);
  void tick_waiting(std::uint64_t life);

  World& world_;
  Network& network_;
  Traits traits_;
  Acknowledged acknowledged_;
  std::int64_t wall_clock_ahead_ms_ = 0;
  std::uint64_t life_ = 0;
  Micros paused_until_ = 0;
  double pause_probability_ = 0;
  Micros pause_length_ = 0;
  std::deque<std::function<void()>> backlog_;  // of what happened while it stood still
  std::unique_ptr<node::Node> node_;
  std::map<node::ConnectionId, std::unique_ptr<Client>> clients_;
  bool in_backlog_ = false;
  std::unique_ptr<LinkToPrimary> link_;
  std::uint64_t link_number_ = 0;
  std::uint64_t dialled_version_ = 0;
  Micros dialled_at_ = 0;
  std::uint64_t probe_number_ = 0;
  std::shared_ptr<End> probe_;
};

}  // namespace cachekit::simulation
