#include "tests/simulation/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include "tests/simulation/actors.h"
#include "tests/simulation/late_mail.h"
#include "tests/simulation/network.h"
#include "tests/simulation/simulated_engine.h"
#include "tests/simulation/simulated_node.h"
#include "tests/simulation/simulated_store.h"
#include "tests/simulation/world.h"

namespace cachekit::simulation {
namespace {

constexpr Host first_agent = 101;
constexpr Host first_client = 201;
constexpr Host first_pinned = 301;
constexpr int agent_count = 2;

// Shorter than the agents' patience with a silent replica: beyond it, they promote without the
// word of a replica that may be the only one to have a write.
constexpr Micros longest_absence = seconds(2);

// For replicas to catch up.
constexpr Micros calm_before_a_kill = milliseconds(500);

Topology first_topology(int nodes) {
  Topology topology;
  Shard& shard = topology.shards.emplace_back();
  shard.name = "s";
  shard.primary = SimulatedNode::address_of(1);
  for (Host host = 2; host <= nodes; ++host) {
    shard.replicas.push_back(SimulatedNode::address_of(host));
  }
  return topology;
}

// At every instant at most one node acknowledges writes: none of an epoch after one of a later
// epoch, and one node alone of each. Nor does the topology go back, or name two primaries in one.
class Referee {
 public:
  explicit Referee(std::vector<std::string>& violations) : violations_(violations) {}

  void acknowledged(Host host, std::uint64_t epoch, Micros now) {
    if (epoch < epoch_ || (epoch == epoch_ && host != host_)) {
      violations_.push_back(
          fmt::format("{} us: node {} acknowledges a write in epoch {}, after node {} in epoch {}",
                      now, host, epoch, host_, epoch_));
    }
    if (epoch > epoch_) {
      epoch_ = epoch;
      host_ = host;
    }
  }

  void agreed(const Shard& shard, Micros now) {
    if (shard.epoch < agreed_.epoch ||
        (shard.epoch == agreed_.epoch && shard.primary != agreed_.primary)) {
      violations_.push_back(fmt::format("{} us: the topology has {} for epoch {}, after {} for {}",
                                        now, shard.primary, shard.epoch, agreed_.primary,
                                        agreed_.epoch));
    }
    agreed_ = shard;
  }

 private:
  std::vector<std::string>& violations_;
  std::uint64_t epoch_ = 0;
  Host host_ = 0;
  Shard agreed_;
};

class Scenario {
 public:
  explicit Scenario(const Plan& plan)
      : plan_(plan),
        world_(plan.seed),
        network_(world_),
        referee_(outcome_.violations),
        late_mail_(world_, network_, first_agent) {
    world_.set_traced(plan.traced);
    shared_.present = first_topology(plan.nodes);
    shared_.compares = plan.compare_and_swap;
    shared_.watchers.push_back([this](const Topology& topology) {
      outcome_.agreements.emplace_back(world_.now(), to_json(topology));
      world_.tell(outcome_.agreements.back().second);
      referee_.agreed(topology.shards.front(), world_.now());
    });
    for (Host host = 1; host <= plan.nodes; ++host) add_node(host);
    for (int i = 0; i < agent_count; ++i) {
      agents_.push_back(std::make_unique<SimulatedAgent>(
          world_, network_, shared_, first_agent + i, late_mail_.kept(), outcome_.agent_crashes));
    }
    for (int i = 0; i < 2; ++i) {
      clients_.push_back(
          std::make_unique<SimulatedClient>(world_, network_, shared_, first_client + i, i));
    }
    if (plan.faults == Faults::late_mail) add_pinned_clients();
    if (plan.wall_clocks_jump) set_wall_clocks();
  }

  ~Scenario() { world_.end_actors(); }

  Outcome run() {
    world_.run_until(seconds(1));
    shared_.crash_probability = 0.01;
    if (plan_.faults == Faults::late_mail) shared_.stall_probability = 0.2;
    const Micros end = seconds(1 + plan_.fault_seconds);
    while (world_.now() < end) {
      strike();
      world_.run_until(world_.now() + world_.between(milliseconds(5), milliseconds(800)));
    }
    heal();
    check();
    outcome_.late_letters = late_mail_.delivered();
    outcome_.epochs = shared_.present.shards.front().epoch;
    outcome_.acknowledged = clients_[0]->acknowledged().size();
    outcome_.acknowledged_by_replica = clients_[1]->acknowledged().size();
    return std::move(outcome_);
  }

 private:
  void add_node(Host host) {
    SimulatedNode::Traits traits;
    traits.host = host;
    traits.first_client = first_client;
    traits.clock_rate = 1 + static_cast<double>(world_.between(-20, 21)) / 1000;
    traits.guards = plan_.guards;
    nodes_.push_back(std::make_unique<SimulatedNode>(
        world_, network_, traits, [this](Host acknowledging, std::uint64_t epoch) {
          referee_.acknowledged(acknowledging, epoch, world_.now());
        }));
    nodes_.back()->start();
  }

  // Each holds its node for the primary, for ever.
  void add_pinned_clients() {
    for (const auto& node : nodes_) {
      SharedTopology& view = *pinned_views_.emplace_back(std::make_unique<SharedTopology>());
      view.present = shared_.present;
      view.present.shards.front().primary = SimulatedNode::address_of(node->host());
      view.present.shards.front().replicas.clear();
      pinned_.push_back(std::make_unique<SimulatedClient>(world_, network_, view,
                                                          first_pinned + node->host(), 0));
    }
  }

  // With chance of their own, so that all else happens as it does without them.
  void set_wall_clocks() {
    constexpr std::int64_t minute_ms = 60'000;
    for (const auto& node : nodes_) {
      const std::int64_t most_ms = minute_ms * (jumps_() % 2 == 0 ? 5 : 5 * 60);
      node->set_wall_clock(std::uniform_int_distribution(-most_ms, most_ms)(jumps_));
    }
    world_.after(milliseconds(700), [this] { set_wall_clocks(); });
  }

  SimulatedNode& random_node() { return *nodes_[world_.random() % nodes_.size()]; }

  std::optional<Host> primary_host() const {
    return SimulatedNode::host_of(shared_.present.shards.front().primary);
  }

  // All nodes run, and hold what the primary holds.
  bool is_whole() const {
    if (!shared_.present.shards.front().absent.empty()) return false;
    return std::ranges::all_of(nodes_, [&](const auto& node) {
      if (!node->runs()) return false;
      const auto& mandate = *node->node().mandate();
      const auto& primary = node->node().replication().primary();
      if (mandate.epoch() != shared_.present.shards.front().epoch) return false;
      return mandate.role() == node::failover::NodeRole::primary
                 ? node->node().replication().replicas().size() == nodes_.size() - 1
                 : primary && primary->connected && !primary->copying;
    });
  }

  void strike() {
    if (plan_.faults == Faults::mixed) return strike_mixed();
    strike_late();
  }

  void strike_late() {
    switch (world_.random() % 10) {
      case 0:
      case 1:
      case 2:
      case 3:
        return late_mail_.repeat_an_epoch(shared_.present.shards.front().epoch);
      case 4:
      case 5:
      case 6:
        return hand_over();
      case 7:
        return pause(*nodes_[static_cast<std::size_t>(*primary_host() - 1)]);
      case 8:
        return cut();
      default:
        return lose_store();
    }
  }

  void hand_over() {
    const Shard& shard = shared_.present.shards.front();
    world_.tell("a hand-over is wanted");
    agents_[world_.random() % agents_.size()]->request(shard.name, {.from = shard.primary});
  }

  void strike_mixed() {
    switch (world_.random() % 10) {
      case 0:
      case 1:
        return kill();
      case 2:
        return pause(random_node());
      case 3:
        return pause(*nodes_[static_cast<std::size_t>(*primary_host() - 1)]);
      case 4:
        return pause_while_answering();
      case 5:
      case 6:
        return cut();
      case 7:
      case 8:
        return late_mail_.repeat_an_order();
      default:
        return lose_store();
    }
  }

  bool may_kill() const {
    if (!plan_.one_failure_at_a_time) return nodes_run() == plan_.nodes;
    return is_whole() && world_.now() >= calm_from_;
  }

  int nodes_run() const {
    return static_cast<int>(
        std::ranges::count_if(nodes_, [](const auto& node) { return node->runs(); }));
  }

  // Whether somebody may stand still, or be cut off, for so long.
  bool may_disturb(Micros length) {
    if (plan_.one_failure_at_a_time && !is_whole() && is_recovering_) return false;
    is_recovering_ = false;
    calm_from_ = std::max(calm_from_, world_.now() + length + calm_before_a_kill);
    return true;
  }

  void kill() {
    if (!may_kill()) return;
    is_recovering_ = true;
    const bool at_primary = world_.chance(0.7);
    SimulatedNode& victim =
        at_primary ? *nodes_[static_cast<std::size_t>(*primary_host() - 1)] : random_node();
    ++outcome_.kills;
    world_.tell(fmt::format("kill {}", victim.host()));
    victim.kill();
    world_.after(world_.between(milliseconds(1), longest_absence), [this, &victim] {
      victim.start();
      late_mail_.repeat_to_new_life(victim.host());
    });
  }

  void pause(SimulatedNode& node) {
    if (!node.runs()) return;
    ++outcome_.pauses;
    const Micros length = world_.between(milliseconds(10), longest_absence);
    if (!may_disturb(length)) return;
    world_.tell(fmt::format("pause {} for {} us", node.host(), length));
    node.pause(length);
  }

  void pause_while_answering() {
    SimulatedNode& node = *nodes_[static_cast<std::size_t>(*primary_host() - 1)];
    if (!may_disturb(longest_absence)) return;
    node.set_pause_while_answering(0.05, world_.between(milliseconds(100), milliseconds(1500)));
    world_.after(milliseconds(500), [&node] { node.set_pause_while_answering(0, 0); });
  }

  // Between two nodes, or a node and an agent, or a client.
  void cut() {
    static constexpr std::array hosts{1, 2, 3, 101, 102, 201, 202};  // some may not be there
    if (!may_disturb(longest_absence)) return;
    ++outcome_.cuts;
    for (int i = 0; i < 2; ++i) {
      const Host a = hosts[world_.random() % nodes_.size()];
      const Host b = hosts[world_.random() % hosts.size()];
      if (a == b) continue;
      world_.tell(fmt::format("cut {} from {}", a, b));
      network_.cut(a, b);
    }
    world_.after(world_.between(milliseconds(50), longest_absence), [this] {
      world_.tell("all cuts heal");
      network_.heal_all();
    });
  }

  void lose_store() {
    shared_.reachable = false;
    world_.after(world_.between(milliseconds(10), seconds(1)),
                 [this] { shared_.reachable = true; });
  }

  void heal() {
    shared_.crash_probability = 0;
    shared_.stall_probability = 0;
    world_.run_until(world_.now() + longest_absence + milliseconds(1));
    shared_.reachable = true;
    network_.heal_all();
    for (const auto& node : nodes_) node->set_pause_while_answering(0, 0);
    run_until_it_is_so([&] { return is_whole(); }, seconds(plan_.healing_seconds));
    if (!is_whole()) outcome_.violations.push_back("the shard has not healed: " + state());
    const std::size_t before = clients_[1]->acknowledged().size();
    const auto more = [&] { return clients_[1]->acknowledged().size() > before; };
    run_until_it_is_so(more, seconds(5));
    if (clients_[1]->acknowledged().size() == before) {
      outcome_.violations.push_back("nothing is acknowledged after healing: " + state());
    }
  }

  template <class Condition>
  void run_until_it_is_so(Condition condition, Micros limit) {
    const Micros end = world_.now() + limit;
    while (!condition() && world_.now() < end) world_.run_until(world_.now() + milliseconds(50));
  }

  std::string state() const {
    std::string text = to_json(shared_.present);
    for (const auto& node : nodes_) {
      if (!node->runs()) continue;
      const auto& mandate = *node->node().mandate();
      const auto& primary = node->node().replication().primary();
      text += fmt::format("\n{}: {} of epoch {}, promised {}, data of {}, {}, {} replicas",
                          node->node().run_id().substr(0, 6), name_of(mandate.role()),
                          mandate.epoch(), mandate.promised(), mandate.data_epoch(),
                          !primary             ? "no link"
                          : primary->connected ? "linked"
                                               : "cut off",
                          node->node().replication().replicas().size());
    }
    return text;
  }

  void check() {
    int checked = 0;
    for (const auto& client : clients_) client->stop();
    for (const auto& client : pinned_) client->stop();
    clients_[1]->check([&](std::vector<std::uint64_t> lost) {
      ++checked;
      if (lost.empty() || !plan_.one_failure_at_a_time) return;
      outcome_.violations.push_back(fmt::format(
          "{} writes that a replica had acknowledged are lost, the first of them number {}",
          lost.size(), lost.front()));
    });
    run_until_it_is_so([&] { return checked == 1; }, seconds(60));
    if (checked != 1) outcome_.violations.push_back("the clients have not ended");
  }

  Plan plan_;
  Micros calm_from_ = 0;        // nobody stands still or is cut off any more
  bool is_recovering_ = false;  // from a kill
  Outcome outcome_;
  World world_;
  std::mt19937_64 jumps_{plan_.seed};  // of wall clocks
  Network network_;
  SharedTopology shared_;
  Referee referee_;
  LateMail late_mail_;
  std::vector<std::unique_ptr<SimulatedNode>> nodes_;
  std::vector<std::unique_ptr<SimulatedAgent>> agents_;
  std::vector<std::unique_ptr<SimulatedClient>> clients_;
  std::vector<std::unique_ptr<SharedTopology>> pinned_views_;
  std::vector<std::unique_ptr<SimulatedClient>> pinned_;
};

}  // namespace

Outcome run(const Plan& plan) { return Scenario(plan).run(); }

}  // namespace cachekit::simulation
