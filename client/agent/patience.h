// How long agents wait before they act.
//
// Values; no thread rule.

#pragma once

#include <chrono>

#include "client/io/clock.h"

namespace cachekit::agent {

struct Patience {
  /// A primary that has not answered for so long is suspected. Its replicas judge by themselves.
  io::Duration suspect_after = std::chrono::milliseconds(200);

  /// A node that has not answered for so long is left out, be it that a promotion waits for it.
  io::Duration give_up_after = std::chrono::seconds(3);

  /// The lease of a primary has lapsed so long after its last replica has died, or later if its
  /// nodes say so.
  io::Duration lapse_after = std::chrono::milliseconds(300);

  /// What another agent has begun and not finished for so long is finished.
  io::Duration heal_after = std::chrono::seconds(1);
};

}  // namespace cachekit::agent
