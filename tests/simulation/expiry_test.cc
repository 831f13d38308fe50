// Keys that expire, on nodes whose wall clocks are set, and whose roles change.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/io/node.h"
#include "client/topology/node_address.h"
#include "tests/simulation/actors.h"
#include "tests/simulation/simulated_node.h"
#include "tests/support/sanitizers.h"
#include "tests/support/seed.h"

namespace cachekit::simulation {
namespace {

constexpr Host agent_host = 101;
constexpr Host client_host = 201;
constexpr Host node_count = 3;

// A key that expires when some wall clock shows a time between these.
struct ExpiringKey {
  std::string name;
  std::int64_t earliest_ms;
  std::int64_t latest_ms;
  Micros written_at;
  std::int64_t furthest_ms;  // that any node's clock has shown since
};

class ExpiryScenario {
 public:
  explicit ExpiryScenario(std::uint64_t seed) : world_(seed), network_(world_) {
    Shard& shard = shared_.present.shards.emplace_back();
    shard.name = "s";
    for (Host host = 1; host <= node_count; ++host) {
      const std::string address = SimulatedNode::address_of(host);
      nodes_.push_back(std::make_unique<SimulatedNode>(
          world_, network_, SimulatedNode::Traits{.host = host, .first_client = client_host},
          [](Host, std::uint64_t) {}));
      nodes_.back()->start();
      shard.replicas.push_back(address);
      targets_.push_back(std::make_unique<io::Node>(address, *topology::parse_node_address(address),
                                                    io::ConnectionLimits{.alone = 2}));
    }
    shard.primary = shard.replicas.front();
    shard.replicas.erase(shard.replicas.begin());
    agent_ =
        std::make_unique<SimulatedAgent>(world_, network_, shared_, agent_host, mail_, crashes_);
    engine_ = std::make_unique<SimulatedEngine>(world_, network_, client_host);
    world_.start_actor([this](World::Actor& actor) { live(actor); });
  }

  ~ExpiryScenario() { world_.end_actors(); }

  void run() { world_.run_until(seconds(20)); }

  // How often a key was found, and found to be gone; and what was wrong.
  int found = 0;
  int gone = 0;
  int hand_overs = 0;
  std::vector<std::string> violations;

 private:
  void live(World::Actor& actor) {
    engine_->set_actor(actor);
    while (true) {
      world_.wait(actor, world_.now() + world_.between(milliseconds(2), milliseconds(40)));
      switch (world_.random() % 20) {
        case 0:
          set_a_clock();
          break;
        case 1:
          hand_over();
          break;
        case 2:
        case 3:
        case 4:
        case 5:
        case 6:
          write();
          break;
        default:
          read();
      }
    }
  }

  std::int64_t clock_of(std::size_t node) const { return nodes_[node]->now().unix_ms; }

  std::size_t primary() const {
    return static_cast<std::size_t>(SimulatedNode::host_of(shared_.present.shards.front().primary) -
                                    1);
  }

  void set_a_clock() {
    note_clocks();
    constexpr std::int64_t hour_ms = 3'600'000;
    constexpr std::int64_t second_ms = 1'000;
    const std::int64_t most_ms = world_.chance(0.5) ? 2 * hour_ms : 2 * second_ms;
    nodes_[world_.random() % nodes_.size()]->set_wall_clock(world_.between(-most_ms, most_ms));
    note_clocks();
  }

  void note_clocks() {
    for (ExpiringKey& key : keys_) {
      for (std::size_t i = 0; i < nodes_.size(); ++i) {
        key.furthest_ms = std::max(key.furthest_ms, clock_of(i));
      }
    }
  }

  void hand_over() {
    ++hand_overs;
    agent_->request("s", {.from = shared_.present.shards.front().primary});
  }

  // Nothing if there was no answer, or an error.
  std::optional<Value> ask(std::size_t node, const Request& request) {
    std::vector<io::Job> jobs;
    const io::Time end = engine_->now() + std::chrono::milliseconds(100);
    jobs.push_back({.node = targets_[node].get(),
                    .calls = {{.request = &request, .answer = {}}},
                    .deadline = end});
    engine_->exchange(jobs, end);
    const io::Answer& answer = jobs.front().calls.front().answer;
    if (answer.kind != io::Answer::Kind::replied) return std::nullopt;
    if (answer.reply.get_if<Value::ErrorText>() != nullptr) return std::nullopt;
    return answer.reply;
  }

  void write() {
    const bool is_short = world_.chance(0.5);
    const std::int64_t lives_ms =
        is_short ? world_.between(300, 5'000) : world_.between(1'000, 10'800'000);
    const std::string name = fmt::format("k{}", ++written_);
    const std::size_t node = primary();
    const std::int64_t before_ms = clock_of(node);
    if (!ask(node, Request{"SET", name, "v", "PX", std::to_string(lives_ms)})) return;
    keys_.push_back({.name = name,
                     .earliest_ms = before_ms + lives_ms,
                     .latest_ms = clock_of(node) + lives_ms,
                     .written_at = world_.now(),
                     .furthest_ms = 0});
    constexpr std::size_t most_keys = 50;
    if (keys_.size() > most_keys) keys_.pop_front();
  }

  // Of any node, of a key that all have by now.
  void read() {
    constexpr Micros on_its_way = milliseconds(200);
    if (keys_.empty()) return;
    ExpiringKey& key = keys_[world_.random() % keys_.size()];
    if (world_.now() - key.written_at < on_its_way) return;
    const std::size_t node = world_.random() % nodes_.size();
    const std::int64_t asked_ms = clock_of(node);
    const auto value = ask(node, Request{"GET", key.name});
    if (!value) return;
    note_clocks();
    if (value->get_if<std::string>() != nullptr) {
      ++found;
      if (asked_ms < key.latest_ms) return;
      violations.push_back(fmt::format("{} us: node {} at {} has {}, which expires at {}",
                                       world_.now(), node + 1, asked_ms, key.name, key.latest_ms));
    } else {
      ++gone;
      if (key.furthest_ms >= key.earliest_ms) return;
      violations.push_back(fmt::format("{} us: node {} has no {}, which expires at {}, after {}",
                                       world_.now(), node + 1, key.name, key.earliest_ms,
                                       key.furthest_ms));
    }
  }

  World world_;
  Network network_;
  SharedTopology shared_;
  Mail mail_;
  std::uint64_t crashes_ = 0;
  std::vector<std::unique_ptr<SimulatedNode>> nodes_;
  std::vector<std::unique_ptr<io::Node>> targets_;
  std::unique_ptr<SimulatedAgent> agent_;
  std::unique_ptr<SimulatedEngine> engine_;
  std::deque<ExpiringKey> keys_;
  std::uint64_t written_ = 0;
};

TEST_CASE("no node shows a key beyond its expiry, and it goes when some node's clock is there") {
  constexpr std::uint64_t seeds = test::sanitized ? 1 : 2;
  int found = 0;
  int gone = 0;
  int hand_overs = 0;
  for (std::uint64_t seed = test::seed(); seed < test::seed() + seeds; ++seed) {
    ExpiryScenario scenario(seed);
    scenario.run();
    CAPTURE(seed);
    for (const std::string& violation : scenario.violations) FAIL_CHECK(violation);
    found += scenario.found;
    gone += scenario.gone;
    hand_overs += scenario.hand_overs;
  }
  fmt::print("keys were found {} times, and {} times not; {} hand-overs were asked for\n", found,
             gone, hand_overs);
  CHECK(found > 0);
  CHECK(gone > 0);
  CHECK(hand_overs > 0);
}

}  // namespace
}  // namespace cachekit::simulation
