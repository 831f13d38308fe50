// The line on standard error that shows that a run is alive.
//
// Thread rule: one thread at a time.

#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "bench/load/measurements.h"

namespace cachekit::bench {

class Progress {
 public:
  /// `phase` stands at the head of each line. On a terminal one line is rewritten every second;
  /// elsewhere a plain one is added every five.
  Progress(std::string phase, std::span<const LiveCounters> counters);

  std::chrono::milliseconds interval() const;
  void show(std::chrono::duration<double> elapsed);

  /// Leaves the terminal with an empty line.
  void finish();

 private:
  std::string phase_;
  std::span<const LiveCounters> counters_;
  bool terminal_;
  double shown_at_s_ = 0;
  std::uint64_t shown_operations_ = 0;
};

}  // namespace cachekit::bench
