// How long the turns of the loop took: what `--measure-turns` finds out and INFO latency shows.
// Measured in node/server/turn_meter.h; kept here, where nothing knows of libuv.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cachekit::node {

struct LoopTurn {
  std::uint64_t ended_ns = 0;  ///< On the monotonic clock; it waited first, then worked until then.
  std::uint64_t cpu_ns = 0;    ///< Of the loop's thread.
  std::uint64_t wall_ns = 0;   ///< Without the time it waited for events.
  std::uint64_t involuntary_switches = 0;
};

class LoopTurns {
 public:
  /// A turn is counted under every bound that its CPU time does not exceed.
  static constexpr std::array<std::uint64_t, 8> bounds_us{50,   100,  200,  500,
                                                          1000, 2000, 5000, 10'000};

  /// So many of the slowest turns are kept one by one.
  static constexpr std::size_t most_kept = 64;

  void record(const LoopTurn& turn) {
    ++count_;
    involuntary_switches_ += turn.involuntary_switches;
    wall_max_ns_ = std::max(wall_max_ns_, turn.wall_ns);
    if (turn.cpu_ns >= least_kept_ns_) keep(turn);
    for (std::size_t i = bounds_us.size(); i > 0 && turn.cpu_ns <= bounds_us[i - 1] * 1000; --i) {
      ++within_[i - 1];
    }
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t involuntary_switches() const { return involuntary_switches_; }
  std::uint64_t wall_max_ns() const { return wall_max_ns_; }

  /// The turns with the most CPU time, the slowest first.
  std::vector<LoopTurn> slowest() const {
    std::vector<LoopTurn> sorted = kept_;
    std::sort(sorted.begin(), sorted.end(), uses_more);
    return sorted;
  }

  /// How many turns stayed within bounds_us[i].
  std::uint64_t within(std::size_t i) const { return within_[i]; }

 private:
  static bool uses_more(const LoopTurn& a, const LoopTurn& b) { return a.cpu_ns > b.cpu_ns; }

  void keep(const LoopTurn& turn) {
    if (kept_.size() == most_kept) {
      std::pop_heap(kept_.begin(), kept_.end(), uses_more);
      kept_.back() = turn;
    } else {
      kept_.push_back(turn);
    }
    std::push_heap(kept_.begin(), kept_.end(), uses_more);
    if (kept_.size() == most_kept) least_kept_ns_ = kept_.front().cpu_ns;
  }

  std::uint64_t count_ = 0;
  std::uint64_t involuntary_switches_ = 0;
  std::uint64_t wall_max_ns_ = 0;
  std::vector<LoopTurn> kept_;  // a heap, the fastest in front
  std::uint64_t least_kept_ns_ = 0;
  std::array<std::uint64_t, bounds_us.size()> within_{};
};

}  // namespace cachekit::node
