// What agents have said to nodes, and what of it reaches them once more, late: held up on its way,
// or sent by an agent that has stood still since it decided.
//
// Thread rule: the world's.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/network.h"
#include "tests/simulation/world.h"

namespace cachekit::simulation {

struct Letter {
  Host to = 0;
  std::uint64_t epoch = 0;
  std::string bytes;
};

struct Mail {
  std::vector<Letter> orders;
  std::vector<Letter> requests;  ///< For promises, and to close for a hand-over.
};

class LateMail {
 public:
  LateMail(World& world, Network& network, Host from)
      : world_(world), network_(network), from_(from) {}

  /// Everything that agents say is to be written down here.
  Mail& kept() { return kept_; }

  /// One order, to whoever got it, or an earlier life of it.
  void repeat_an_order();

  /// What was under way to a process when it died may reach the next one at its address.
  void repeat_to_new_life(Host host);

  /// All that was said in one of the newest epochs before that one; or a part of it.
  void repeat_an_epoch(std::uint64_t before);

  std::uint64_t delivered() const { return delivered_; }

 private:
  void deliver(const Letter& letter);

  World& world_;
  Network& network_;
  Host from_;
  Mail kept_;
  std::uint64_t delivered_ = 0;
  std::vector<std::shared_ptr<End>> connections_;  // open until the end
};

}  // namespace cachekit::simulation
