// Agents: whoever watches the primaries of a cluster of managed nodes, and promotes a replica when
// one dies.
//
//   auto agent = cachekit::Agent::start("file:///run/cachekit/topology.json");
//
// Any number of agents may look after the same cluster, each in a thread of a service or in a
// process of its own (`cachekit-ctl agent`); what one leaves unfinished another finishes. Without
// any, the cluster goes on as it is. An agent needs the topology's store and a route to the nodes.
//
// Thread rule: one thread at a time for each object.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cachekit/options.h"
#include "cachekit/status.h"

namespace cachekit {

struct AgentOptions {
  /// A primary that has not answered for so long is suspected; at once if nobody listens at its
  /// address. Its replicas are asked then, and judge by themselves, by what they have heard of it.
  std::chrono::milliseconds suspect_after{200};

  /// A replica that has not answered for so long is left out, also of a promotion that waits for
  /// its promise; what only it had acknowledged may be lost then.
  std::chrono::milliseconds give_up_after{3000};

  /// All nodes are asked so often.
  std::chrono::milliseconds interval{100};

  /// For credentials, limits and the log.
  ClientOptions client = {};
};

/// What an agent has brought about since it was started.
struct AgentCounters {
  std::uint64_t promotions = 0;  ///< Of a replica, in the place of a primary that was lost.
  std::uint64_t hand_overs = 0;  ///< The same without a loss.
  std::uint64_t changes = 0;     ///< Of the topology, these included.
};

class Agent {
 public:
  /// Starts a thread that looks after the cluster until the agent is destroyed. Fails with
  /// invalid_argument for a URL whose topology nobody can change, and with topology_error or
  /// unavailable if it cannot be read.
  static Result<Agent> start(std::string_view url, AgentOptions options = {});

  Agent(Agent&&) noexcept;
  Agent& operator=(Agent&&) noexcept;
  ~Agent();

  /// Any thread may ask.
  AgentCounters counters() const;

 private:
  struct State;
  explicit Agent(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

/// Makes another node the primary of a shard, without losing a write: the one at `successor`, or
/// the most advanced replica if that is empty. Needs no agent, and does no harm beside one. Fails
/// with unavailable if it has not come about within the time, and with invalid_argument if there is
/// no such shard or replica.
Status hand_over(std::string_view url, std::string_view shard, std::string_view successor = {},
                 std::chrono::milliseconds limit = std::chrono::seconds(10),
                 AgentOptions options = {});

}  // namespace cachekit
