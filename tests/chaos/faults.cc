#include "tests/chaos/faults.h"

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <optional>
#include <thread>

namespace cachekit::chaos {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds restart_after{1000};
constexpr seconds pause_length{8};
constexpr milliseconds between_restarts{2000};

std::size_t index_of(const LocalCluster& cluster, const std::string& address) {
  const std::vector<LocalNode> nodes = cluster.nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].address == address) return i;
  }
  return nodes.size();
}

std::string primary_of(const Client& client, std::size_t shard) {
  return client.topology().shards[shard].primary;
}

class FaultOnCluster : public Fault {
 public:
  FaultOnCluster(LocalCluster& cluster, Client& client) : cluster_(cluster), client_(client) {}

 protected:
  LocalCluster& cluster_;
  Client& client_;
};

class Nothing final : public Fault {
 public:
  Status strike(std::size_t) override { return {}; }
};

/// kill -9, and a supervisor that starts it again, empty.
class Kill final : public FaultOnCluster {
 public:
  using FaultOnCluster::FaultOnCluster;

  Status strike(std::size_t shard) override {
    const std::size_t victim = index_of(cluster_, primary_of(client_, shard));
    done_.push_back({Clock::now(), shard});
    if (Status killed = cluster_.kill_node(victim); !killed.ok()) return killed;
    std::this_thread::sleep_for(restart_after);
    return cluster_.start_node(victim);
  }
};

/// SIGSTOP and SIGCONT, with a client that knows the old primary only.
class Pause final : public FaultOnCluster {
 public:
  using FaultOnCluster::FaultOnCluster;

  Status strike(std::size_t shard) override {
    const std::string victim = primary_of(client_, shard);
    const int pid = cluster_.nodes()[index_of(cluster_, victim)].pid;
    std::atomic<bool> stopping{false};
    std::thread pinned([&] { write_to(victim, shard, stopping); });
    done_.push_back({Clock::now(), shard});
    ::kill(pid, SIGSTOP);
    std::this_thread::sleep_for(pause_length);
    ::kill(pid, SIGCONT);
    std::this_thread::sleep_for(seconds(3));
    stopping = true;
    pinned.join();
    return {};
  }

 private:
  // Only what is acknowledged while the topology names another node, before and after, counts.
  void write_to(const std::string& node, std::size_t shard, const std::atomic<bool>& stopping) {
    const std::string key = fmt::format("pinned:{}", shard);
    while (!stopping) {
      const bool was_deposed = primary_of(client_, shard) != node;
      const auto written = client_.command_on(node, {"SET", key, "1", "PX", "60000"});
      if (written && was_deposed && primary_of(client_, shard) != node) ++deposed_acknowledgements_;
      std::this_thread::sleep_for(milliseconds(5));
    }
  }
};

/// SIGTERM to every node of the shard, one after the other, each started again.
class RollingRestart final : public FaultOnCluster {
 public:
  using FaultOnCluster::FaultOnCluster;

  Status strike(std::size_t shard) override {
    const std::string name = client_.topology().shards[shard].name;
    const std::vector<LocalNode> nodes = cluster_.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].shard != name) continue;
      done_.push_back({Clock::now(), shard});
      if (Status stopped = cluster_.stop_node(i); !stopped.ok()) return stopped;
      if (Status started = cluster_.start_node(i); !started.ok()) return started;
      std::this_thread::sleep_for(between_restarts);
    }
    return {};
  }
};

}  // namespace

std::vector<std::string> fault_names() { return {"none", "kill", "pause", "restart"}; }

std::unique_ptr<Fault> make_fault(std::string_view name, LocalCluster& cluster, Client& client) {
  if (name == "none") return std::make_unique<Nothing>();
  if (name == "kill") return std::make_unique<Kill>(cluster, client);
  if (name == "pause") return std::make_unique<Pause>(cluster, client);
  if (name == "restart") return std::make_unique<RollingRestart>(cluster, client);
  return nullptr;
}

}  // namespace cachekit::chaos
