// The engine of simulated agents and clients: jobs go over the simulated network, and their actor
// waits for the answers.

#pragma once

#include <memory>
#include <span>

#include "client/io/engine.h"
#include "tests/simulation/late_mail.h"
#include "tests/simulation/network.h"
#include "tests/simulation/world.h"

namespace cachekit::simulation {

class SimulatedEngine final : public io::Engine {
 public:
  /// The actor is set before the first use, and again when it begins anew.
  SimulatedEngine(World& world, Network& network, Host host)
      : world_(world), network_(network), host_(host) {}

  void set_actor(World::Actor& actor) { actor_ = &actor; }

  /// What nodes are ordered and asked from now on is written down as well.
  void keep_mail(Mail& mail) { mail_ = &mail; }

  io::Time now() override { return time_of(world_.now()); }
  void sleep_until(io::Time time) override { world_.wait(*actor_, micros_of(time)); }
  double random() override;
  using Engine::exchange;
  void exchange(std::span<io::Job* const> jobs, io::Time deadline) override;
  std::unique_ptr<io::Carrier> make_carrier(io::Time deadline) override;

  static io::Time time_of(Micros micros) {
    return io::Time(std::chrono::hours(1) + std::chrono::microseconds(micros));
  }
  static Micros micros_of(io::Time time);

 private:
  struct Flight;
  class Carrier;

  void keep(Host to, const io::Job& job);
  void take_off(const std::shared_ptr<Flight>& flight);

  World& world_;
  Network& network_;
  Host host_;
  World::Actor* actor_ = nullptr;
  Mail* mail_ = nullptr;
};

}  // namespace cachekit::simulation
