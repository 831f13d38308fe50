// The engine of simulated agents and clients: jobs go over the simulated network, and their actor
// waits for the answers.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "client/io/engine.h"
#include "tests/simulation/network.h"
#include "tests/simulation/world.h"

namespace cachekit::simulation {

class SimulatedEngine final : public io::Engine {
 public:
  /// The actor is set before the first use, and again when it begins anew.
  SimulatedEngine(World& world, Network& network, Host host)
      : world_(world), network_(network), host_(host) {}

  void set_actor(World::Actor& actor) { actor_ = &actor; }

  /// What is sent from now on is remembered as well, by where it went.
  using Mail = std::vector<std::pair<Host, std::string>>;
  void remember_orders(Mail& orders) { orders_ = &orders; }

  io::Time now() override { return time_of(world_.now()); }
  void sleep_until(io::Time time) override { world_.wait(*actor_, micros_of(time)); }
  double random() override;
  void exchange(std::span<io::Job> jobs, io::Time deadline) override;

  static io::Time time_of(Micros micros) {
    return io::Time(std::chrono::hours(1) + std::chrono::microseconds(micros));
  }
  static Micros micros_of(io::Time time);

 private:
  struct Flight;

  void take_off(const std::shared_ptr<Flight>& flight);

  World& world_;
  Network& network_;
  Host host_;
  World::Actor* actor_ = nullptr;
  Mail* orders_ = nullptr;
};

}  // namespace cachekit::simulation
