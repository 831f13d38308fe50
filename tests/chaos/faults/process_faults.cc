// Processes that end, with and without a warning.

#include <thread>

#include "tests/chaos/faults/kinds.h"

namespace cachekit::chaos {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds restart_after{1000};
constexpr milliseconds between_restarts{2000};

class Nothing final : public Fault {
 public:
  using Fault::Fault;

  Status strike(std::size_t) override { return {}; }
};

/// kill -9, and a supervisor that starts it again, empty.
class Kill : public Fault {
 public:
  using Fault::Fault;

  Status strike(std::size_t shard) override {
    const std::size_t victim = scene().index_of(scene().primary_of(shard));
    note_strike(shard);
    if (Status killed = scene().cluster.kill_node(victim); !killed.ok()) return killed;
    if (Status worse = at_the_same_time(); !worse.ok()) return worse;
    std::this_thread::sleep_for(restart_after);
    if (Status better = afterwards(); !better.ok()) return better;
    return scene().cluster.start_node(victim);
  }

 private:
  virtual Status at_the_same_time() { return {}; }
  virtual Status afterwards() { return {}; }
};

/// The same, and with it one of the agents, each in its turn.
class AgentKill final : public Kill {
 public:
  using Kill::Kill;

 private:
  Status at_the_same_time() override { return scene().agents->kill(turn()); }
  Status afterwards() override { return scene().agents->start(turn()); }

  std::size_t turn() const { return done().size() % scene().agents->count(); }
};

/// The same, and with it the member of etcd that leads.
class EtcdKill final : public Kill {
 public:
  using Kill::Kill;

  Status strike(std::size_t shard) override {
    leader_ = scene().etcd->leader();
    return Kill::strike(shard);
  }

 private:
  Status at_the_same_time() override {
    scene().etcd->kill(leader_);
    return {};
  }
  Status afterwards() override {
    scene().etcd->start(leader_);
    return {};
  }

  std::size_t leader_ = 0;
};

/// kill -9 of all members of etcd, which come back with their data.
class EtcdGone final : public Fault {
 public:
  using Fault::Fault;

  Status strike(std::size_t shard) override {
    test::EtcdCluster& etcd = *scene().etcd;
    note_strike(shard);
    for (std::size_t member = 0; member < etcd.size(); ++member) etcd.kill(member);
    std::this_thread::sleep_for(scene().strength.length);
    for (std::size_t member = 0; member < etcd.size(); ++member) etcd.start(member);
    etcd.await_leader();
    return {};
  }
};

/// SIGTERM to every node of the shard, one after the other, each started again.
class RollingRestart final : public Fault {
 public:
  using Fault::Fault;

  Status strike(std::size_t shard) override {
    LocalCluster& cluster = scene().cluster;
    const std::string name = scene().client.topology().shards[shard].name;
    const std::vector<LocalNode> nodes = cluster.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].shard != name) continue;
      note_strike(shard);
      if (Status stopped = cluster.stop_node(i); !stopped.ok()) return stopped;
      if (Status started = cluster.start_node(i); !started.ok()) return started;
      std::this_thread::sleep_for(between_restarts);
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<Fault> make_nothing(const Scene& scene) { return std::make_unique<Nothing>(scene); }

std::unique_ptr<Fault> make_kill(const Scene& scene) { return std::make_unique<Kill>(scene); }

std::unique_ptr<Fault> make_rolling_restart(const Scene& scene) {
  return std::make_unique<RollingRestart>(scene);
}

std::unique_ptr<Fault> make_agent_kill(const Scene& scene) {
  return std::make_unique<AgentKill>(scene);
}

std::unique_ptr<Fault> make_etcd_kill(const Scene& scene) {
  return std::make_unique<EtcdKill>(scene);
}

std::unique_ptr<Fault> make_etcd_gone(const Scene& scene) {
  return std::make_unique<EtcdGone>(scene);
}

}  // namespace cachekit::chaos
