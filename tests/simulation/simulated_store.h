// A topology store in memory, which may be out of reach, and in which an actor may crash before or
// after what it wanted has happened.

#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "client/topology/store.h"
#include "tests/simulation/world.h"

namespace cachekit::simulation {

/// What all stores of a simulation show.
struct SharedTopology {
  Topology present;
  bool reachable = true;
  double crash_probability = 0;
  double stall_probability = 0;  ///< An agent stands still before it changes something.
  bool compares = true;          ///< Otherwise whoever writes last is right.
  std::vector<std::function<void(const Topology&)>> watchers;
};

/// One actor's way to it.
class SimulatedStore final : public topology::Store {
 public:
  SimulatedStore(World& world, SharedTopology& shared) : world_(world), shared_(shared) {}

  void set_actor(World::Actor& actor) { actor_ = &actor; }

  Result<Topology> read() override {
    travel();
    if (!shared_.reachable) return tl::unexpected(Status(Code::unavailable, "out of reach"));
    return shared_.present;
  }

  Result<bool> create(const Topology&) override { return false; }  // one is there from the start

  Result<bool> compare_and_swap(std::uint64_t expected, Topology next) override {
    if (shared_.stall_probability > 0 && world_.chance(shared_.stall_probability)) stall();
    travel();
    if (!shared_.reachable) return tl::unexpected(Status(Code::unavailable, "out of reach"));
    if (shared_.compares && shared_.present.version != expected) return false;
    next.version = shared_.present.version + 1;
    shared_.present = std::move(next);
    for (const auto& watcher : shared_.watchers) watcher(shared_.present);
    travel();
    return true;
  }

  bool wait_for_change(io::Time) override {
    world_.wait(*actor_, world_.now() + milliseconds(100));
    return true;
  }
  void wake() override {}
  void interrupt() override {}

 private:
  void travel() {
    world_.wait(*actor_, world_.now() + world_.between(100, 3000));
    if (world_.chance(shared_.crash_probability)) throw ActorEnded();
  }

  void stall() {
    world_.wait(*actor_, world_.now() + world_.between(milliseconds(10), seconds(2)));
  }

  World& world_;
  SharedTopology& shared_;
  World::Actor* actor_ = nullptr;
};

}  // namespace cachekit::simulation
