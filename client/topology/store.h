// Where the agreed topology lives: read, compare-and-swap, watch.
//
// Thread rule: any thread, but one at a time waits for a change.

#pragma once

#include <cstdint>

#include "cachekit/status.h"
#include "cachekit/topology.h"
#include "client/io/clock.h"

namespace cachekit::topology {

class Store {
 public:
  virtual ~Store() = default;

  /// Fails with unavailable, or with topology_error if what is there makes no sense.
  virtual Result<Topology> read() = 0;

  /// Puts the first topology there. False if something is there already, whatever it is.
  virtual Result<bool> create(const Topology& first) = 0;

  /// Puts `next` in the place of version `expected`, and gives it the version after that. False if
  /// another version is there. After unavailable it may have been done; the next read tells.
  virtual Result<bool> compare_and_swap(std::uint64_t expected, Topology next) = 0;

  /// True as soon as what is there may have changed; false at the deadline, and after wake() or
  /// interrupt().
  virtual bool wait_for_change(io::Time deadline) = 0;

  /// Ends the present wait, or the next one.
  virtual void wake() = 0;

  /// Ends the waits of all threads, present and future. Calls that ask somebody else go no further
  /// than the attempt that is under way.
  virtual void interrupt() = 0;
};

}  // namespace cachekit::topology
