// One agent's rounds: asks all nodes how they are, lets the stewards of the shards decide, sends
// what they order, and puts their changes into the topology.
//
// Thread rule: one thread at a time, but counters() from any.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/agent.h"
#include "cachekit/topology.h"
#include "client/agent/node_view.h"
#include "client/agent/shard_steward.h"
#include "client/io/engine.h"
#include "client/io/node.h"
#include "client/topology/store.h"

namespace cachekit::agent {

class Caretaker {
 public:
  /// How long a node has for its report; less if it had nothing to say the last time, so that one
  /// dead node does not slow down all rounds.
  static constexpr auto report_timeout = std::chrono::milliseconds(100);
  static constexpr auto silent_report_timeout = std::chrono::milliseconds(40);

  /// And for a command: a promise waits for the probe of a primary.
  static constexpr auto command_timeout = std::chrono::milliseconds(250);

  using Log = std::function<void(LogLevel, std::string_view)>;

  /// Store and engine must outlive it.
  Caretaker(topology::Store& store, io::Engine& engine, Patience patience, Log log);

  /// Whether something has been done, so that another round should follow at once.
  bool run_round();

  /// The topology that was read last; nothing before the first could be read.
  const std::optional<Topology>& topology() const { return topology_; }

  void request(std::string_view shard, ShardSteward::HandOver hand_over);
  void cancel_requests();

  AgentCounters counters() const;

 private:
  struct Ward {
    std::unique_ptr<io::Node> node;
    NodeView view;
  };

  bool read_topology();  // whether the store could be read
  void meet_nodes();
  void ask_all();
  void take_report(Ward& ward, const io::Answer& answer);
  std::vector<NodeView> views_of(const Shard& shard) const;
  bool act(std::vector<NodeCommand> commands);
  std::vector<NodeCommand> copies_of_topology() const;
  bool agree_on(const std::vector<Decision>& decisions);
  void count(const std::vector<Decision>& decisions);
  void tell(LogLevel level, std::string_view sentence);
  void tell_refusal(std::string_view node, const io::Answer& answer);

  topology::Store& store_;
  io::Engine& engine_;
  Patience patience_;
  Log log_;
  std::optional<Topology> topology_;
  std::string last_complaint_;
  std::string last_refusal_;
  std::map<std::string, Ward> wards_;             // by address
  std::map<std::string, ShardSteward> stewards_;  // by shard
  std::atomic<std::uint64_t> promotions_{0};
  std::atomic<std::uint64_t> hand_overs_{0};
  std::atomic<std::uint64_t> changes_{0};
};

}  // namespace cachekit::agent
