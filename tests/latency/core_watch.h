// Notices when a core of a virtual machine stands still: when the host runs something else on it.
//
// A thread on that core asks to be woken every 200 us, with a priority before everything else
// there. Where it wakes late, nothing on that core went on; yet the kernel charges whoever was
// running with all of it. A busy process of ours does not make it late, in the kernel neither: a
// thread that maps, touches and unmaps 64 MiB at a time, 55 ms of CPU time each, delays it by no
// more than it is late otherwise. Where the process has no leave for such a priority, no standstill
// is ever noticed.

#pragma once

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace cachekit::test {

/// The clock of the intervals, and of what is compared with them.
using WatchClock = std::chrono::steady_clock;

struct Interval {
  WatchClock::time_point began;
  WatchClock::time_point ended;
};

/// How much of `whole` lies in `parts`, which do not overlap and come in order.
WatchClock::duration common_time(const Interval& whole, const std::vector<Interval>& parts);

/// Gives the calling thread a priority before all ordinary ones. False if it has no leave for that.
bool run_before_others(int priority);

class CoreWatch {
 public:
  /// Watches from now on.
  explicit CoreWatch(int core);
  ~CoreWatch();
  CoreWatch(const CoreWatch&) = delete;
  CoreWatch& operator=(const CoreWatch&) = delete;

  /// Ends it. Each began no later than told here, and ended no earlier.
  const std::vector<Interval>& stop();

 private:
  void run(int core);

  std::vector<Interval> standstills_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace cachekit::test
