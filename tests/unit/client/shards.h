// A shard as an agent sees it, and what happens to its nodes.

#pragma once

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <string>
#include <vector>

#include "client/agent/shard_steward.h"

namespace cachekit::agent {

/// A shard of "p:1" with the replicas "r:1" and "r:2" in epoch 5, in good order.
struct Shards {
  Shard shard;
  std::vector<NodeView> nodes;
  ShardSteward steward;
  io::Time now{std::chrono::hours(1)};

  Shards() {
    shard.name = "s";
    shard.epoch = 5;
    shard.primary = "p:1";
    shard.replicas = {"r:1", "r:2"};
    for (const char* address : {"p:1", "r:1", "r:2"}) add(address);
    node("p:1").report.role = protocol::NodeRole::primary;
    node("p:1").report.lease = protocol::LeaseState::held;
  }

  NodeView& add(const std::string& address) {
    NodeView& view = nodes.emplace_back();
    view.address = address;
    view.contact = Contact::answered;
    view.report.run_id = "run-of-" + address;
    view.report.managed = true;
    view.report.role = protocol::NodeRole::replica;
    view.report.epoch = view.report.promised_epoch = view.report.data_epoch = 5;
    view.report.offset = 100;
    view.report.link_up = true;
    return view;
  }

  NodeView& node(const std::string& address) {
    return *std::ranges::find(nodes, address, &NodeView::address);
  }

  void starts_anew(const std::string& address) {
    NodeView& view = node(address);
    view.report = {};
    view.report.run_id = "new-run-of-" + address;
    view.report.managed = true;
  }

  void dies(const std::string& address) { node(address).contact = Contact::refused; }
  void falls_silent(const std::string& address) {
    node(address).contact = Contact::silent;
    node(address).since = now;
  }
  void promises(const std::string& address, std::uint64_t epoch) {
    node(address).report.promised_epoch = epoch;
    node(address).report.link_up = false;
  }

  Decision decide(ShardSteward::Store store = ShardSteward::Store::reachable) {
    for (NodeView& view : nodes) {
      if (view.answers()) view.since = now;
    }
    return steward.decide(shard, nodes, now, store);
  }

  /// The decision after a condition has lasted that long.
  Decision decide_after(io::Duration time) {
    (void)decide();
    now += time;
    return decide();
  }
};

inline std::vector<std::string> words(std::initializer_list<const char*> list) {
  return {list.begin(), list.end()};
}

inline bool commands(const Decision& decision, const std::string& node,
                     const std::vector<std::string>& expected) {
  return std::ranges::find(decision.commands, NodeCommand{node, expected}) !=
         decision.commands.end();
}

}  // namespace cachekit::agent
