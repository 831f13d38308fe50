// How long the turns of the loop took: what `--measure-turns` finds out and INFO latency shows.
// Measured in node/server/turn_meter.h; kept here, where nothing knows of libuv.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace cachekit::node {

struct LoopTurn {
  std::uint64_t cpu_ns = 0;   ///< Of the loop's thread.
  std::uint64_t wall_ns = 0;  ///< Without the time it waited for events.
  std::uint64_t involuntary_switches = 0;
};

class LoopTurns {
 public:
  /// A turn is counted under every bound that its CPU time does not exceed.
  static constexpr std::array<std::uint64_t, 8> bounds_us{50,   100,  200,  500,
                                                          1000, 2000, 5000, 10'000};

  void record(const LoopTurn& turn) {
    ++count_;
    involuntary_switches_ += turn.involuntary_switches;
    wall_max_ns_ = std::max(wall_max_ns_, turn.wall_ns);
    if (turn.cpu_ns > slowest_.cpu_ns) slowest_ = turn;
    for (std::size_t i = bounds_us.size(); i > 0 && turn.cpu_ns <= bounds_us[i - 1] * 1000; --i) {
      ++within_[i - 1];
    }
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t involuntary_switches() const { return involuntary_switches_; }
  std::uint64_t wall_max_ns() const { return wall_max_ns_; }

  /// The turn with the most CPU time.
  const LoopTurn& slowest() const { return slowest_; }

  /// How many turns stayed within bounds_us[i].
  std::uint64_t within(std::size_t i) const { return within_[i]; }

 private:
  std::uint64_t count_ = 0;
  std::uint64_t involuntary_switches_ = 0;
  std::uint64_t wall_max_ns_ = 0;
  LoopTurn slowest_;
  std::array<std::uint64_t, bounds_us.size()> within_{};
};

}  // namespace cachekit::node
