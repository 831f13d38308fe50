// A cluster of cachekit-node processes on this machine, for tests, examples and first steps.
//
//   auto cluster = cachekit::LocalCluster::start({.shards = 3});
//   auto client = cachekit::Client::connect(cluster->url());
//
// The nodes listen on free ports of the loopback interface. A cluster that was started here stops
// its nodes when it is destroyed, and they stop when the starting process dies, however it dies;
// a detached one goes on until stop().
//
// Thread rule: one thread at a time.

#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cachekit/agent.h"
#include "cachekit/status.h"

namespace cachekit {

/// How one node differs from the others, for tests of the network.
struct LocalNodeOptions {
  /// host:port where it listens. Empty: any free port of the loopback interface.
  std::string address = {};

  /// What the topology lists instead: a proxy that leads there, for instance.
  std::string listed_address = {};

  /// Words before its command, the path of a program first: "/usr/bin/nsenter --net=…", for
  /// instance. That program must become the node, under the same process id.
  std::vector<std::string> launcher = {};
};

struct LocalClusterOptions {
  /// 1 to 64.
  std::size_t shards = 3;

  /// Of each shard, 0 to 8. With any, the nodes are managed, and an agent looks after them.
  std::size_t replicas = 0;

  /// The cachekit-ctl program, whose agent a detached cluster with replicas needs. The agent of
  /// others is a thread of this process.
  std::filesystem::path agent_program = {};

  /// The cachekit-node program. Empty: the environment variable CACHEKIT_NODE, otherwise beside the
  /// running program, otherwise on the PATH.
  std::filesystem::path node_program = {};

  /// Further flags for every node, such as "--maxmemory=64mb".
  std::vector<std::string> node_flags = {};

  /// An etcd:// URL where the topology is put, instead of topology.json. Nothing may be there, and
  /// stop() leaves it, for it does not know who else has come to use it.
  std::string topology = {};

  /// Where topology.json, the nodes' logs and what down needs are written. Empty: a fresh temporary
  /// folder, removed by stop().
  std::filesystem::path folder = {};

  /// For each node, by its place in nodes(); or nothing. Not for a detached cluster.
  std::vector<LocalNodeOptions> each = {};

  /// Otherwise a cluster with replicas does not take writes before somebody starts an agent for it,
  /// and start() does not wait for that.
  bool with_agent = true;

  /// Let the nodes outlive this process; attach() finds them again.
  bool detached = false;

  /// Bound on a node's start.
  std::chrono::milliseconds start_timeout{10'000};
};

/// One node of a LocalCluster. Those of a shard stand together, the first primary first.
struct LocalNode {
  std::string shard;
  std::string address;  ///< As the topology lists it; kept over a restart.
  int pid = 0;          ///< 0 while it is stopped.
};

class LocalCluster {
 public:
  /// Returns when all nodes answer, and every shard with replicas takes writes. Fails with
  /// unavailable and the reason: no node program, or a node that ended at once (with the end of its
  /// log).
  static Result<LocalCluster> start(LocalClusterOptions options = {});

  /// A detached cluster, by the folder that it was started with.
  static Result<LocalCluster> attach(const std::filesystem::path& folder);

  LocalCluster(LocalCluster&&) noexcept;
  LocalCluster& operator=(LocalCluster&&) noexcept;
  ~LocalCluster();

  /// `file:///…/topology.json`, or the URL in etcd as it was given; for Client::connect.
  std::string url() const;

  std::vector<LocalNode> nodes() const;

  /// Of the agent in this process; nothing has been counted if there is none.
  AgentCounters agent_counters() const;

  /// Ends one node, by its place in nodes(): with SIGTERM and a wait for its clean exit, or at once
  /// with SIGKILL.
  Status stop_node(std::size_t index);
  Status kill_node(std::size_t index);

  /// Starts a stopped node again, empty, at its old address.
  Status start_node(std::size_t index);

  /// Stops all nodes. Fails, after stopping the others, if one did not exit cleanly.
  Status stop();

 private:
  struct State;
  explicit LocalCluster(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace cachekit
