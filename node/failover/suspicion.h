// A replica's probe of the primary that somebody wants to depose, and who waits for its outcome.
//
// Pure: the server asks wants_probe() and tells the outcome. One probe serves all who asked before
// it began. Not thread-safe.

#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "node/failover/mandate.h"

namespace cachekit::node::failover {

class Suspicion {
 public:
  using Ticket = std::uint64_t;

  /// Asks for a probe that begins after now.
  Ticket ask() {
    wanted_ = true;
    return begun_ + 1;
  }

  /// Whether one is to begin; it has begun then.
  bool take_wanted() {
    if (running_ || !wanted_) return false;
    wanted_ = false;
    running_ = true;
    ++begun_;
    return true;
  }

  void conclude(ProbeOutcome outcome) {
    running_ = false;
    last_ = outcome;
  }

  /// Of the probe asked for, or a later one.
  std::optional<ProbeOutcome> outcome(Ticket ticket) const {
    const Ticket concluded = running_ ? begun_ - 1 : begun_;
    return concluded >= ticket ? last_ : std::nullopt;
  }

 private:
  bool wanted_ = false;
  bool running_ = false;
  Ticket begun_ = 0;
  std::optional<ProbeOutcome> last_;
};

}  // namespace cachekit::node::failover
