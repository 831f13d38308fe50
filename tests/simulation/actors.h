// Who acts in a simulation: agents and clients, which are the real ones over a simulated engine.
//
// Thread rule: made by the world's thread; what they do runs on their actors'.

#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/agent/caretaker.h"
#include "client/routing/router.h"
#include "tests/simulation/network.h"
#include "tests/simulation/simulated_engine.h"
#include "tests/simulation/simulated_store.h"
#include "tests/simulation/world.h"

namespace cachekit::simulation {

// A client may write to a node that has been deposed for as long.
inline constexpr Micros slowest_news = milliseconds(1000);

// An agent that crashes, and begins again a little later.
class SimulatedAgent {
 public:
  SimulatedAgent(World& world, Network& network, SharedTopology& shared, Host host, Mail& mail,
                 std::uint64_t& crashes)
      : world_(world),
        host_(host),
        store_(world, shared),
        engine_(world, network, host),
        crashes_(crashes) {
    engine_.keep_mail(mail);
    world.start_actor([this](World::Actor& actor) { live(actor); });
  }

  /// Somebody wants this agent to bring another node into the place of a primary.
  void request(const std::string& shard, agent::ShardSteward::HandOver hand_over) {
    if (caretaker_ != nullptr) caretaker_->request(shard, std::move(hand_over));
  }

 private:
  void live(World::Actor& actor) {
    store_.set_actor(actor);
    engine_.set_actor(actor);
    while (!actor.ended()) {
      try {
        agent::Caretaker caretaker(store_, engine_, {}, [this](LogLevel, std::string_view what) {
          world_.tell(fmt::format("agent {}: {}", host_, what));
        });
        caretaker_ = &caretaker;
        while (true) {
          const bool busy = caretaker.run_round();
          world_.wait(actor, world_.now() + milliseconds(busy ? 5 : 100));
        }
      } catch (const ActorEnded&) {
        caretaker_ = nullptr;
        if (actor.ended()) return;
        ++crashes_;
      }
      world_.wait(actor, world_.now() + world_.between(milliseconds(1), seconds(2)));
    }
  }

  World& world_;
  Host host_;
  SimulatedStore store_;
  SimulatedEngine engine_;
  std::uint64_t& crashes_;
  agent::Caretaker* caretaker_ = nullptr;  // between crashes
};

// A client that writes keys of its own, and remembers what it was told.
class SimulatedClient {
 public:
  SimulatedClient(World& world, Network& network, SharedTopology& shared, Host host,
                  int write_replicas)
      : world_(world), host_(host) {
    ClientOptions options;
    options.write_replicas = write_replicas;
    auto engine = std::make_unique<SimulatedEngine>(world, network, host);
    engine_ = engine.get();
    auto view = routing::ClusterView::build(shared.present, io::ConnectionLimits{.alone = 1});
    router_ = std::make_unique<routing::Router>(*view, std::move(engine), options);
    shared.watchers.push_back([this](const Topology& topology) {
      world_.after(world_.between(milliseconds(1), slowest_news),
                   [this, topology] { (void)router_->take(topology); });
    });
    world.start_actor([this](World::Actor& actor) { live(actor); });
  }

  void stop() { stopping_ = true; }

  const std::vector<std::uint64_t>& acknowledged() const { return acknowledged_; }

  /// Looks for everything that was acknowledged, as soon as possible.
  void check(std::function<void(std::vector<std::uint64_t>)> done) { check_ = std::move(done); }

 private:
  std::string key_of(std::uint64_t number) const { return fmt::format("{}:{}", host_, number); }

  void live(World::Actor& actor) {
    engine_->set_actor(actor);
    for (std::uint64_t number = 1; !check_; ++number) {
      if (!stopping_) write(number);
      world_.wait(actor, world_.now() + world_.between(milliseconds(2), milliseconds(30)));
    }
    std::vector<std::uint64_t> lost;
    world_.tell("what was acknowledged is looked for");
    for (const std::uint64_t number : acknowledged_) {
      const auto value = router_->call(Request{"GET", key_of(number)});
      const auto* text = value ? value->get_if<std::string>() : nullptr;
      if (text == nullptr || *text != std::to_string(number)) lost.push_back(number);
    }
    check_(std::move(lost));
  }

  void write(std::uint64_t number) {
    const auto written = router_->call(Request{"SET", key_of(number), std::to_string(number)});
    if (written) acknowledged_.push_back(number);
    world_.tell(fmt::format("client {}: {} {}", host_, number,
                            written ? "acknowledged" : written.error().message()));
  }

  World& world_;
  Host host_;
  SimulatedEngine* engine_ = nullptr;
  std::unique_ptr<routing::Router> router_;
  std::vector<std::uint64_t> acknowledged_;
  bool stopping_ = false;
  std::function<void(std::vector<std::uint64_t>)> check_;
};

}  // namespace cachekit::simulation
