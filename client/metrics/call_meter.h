// Whole calls, counted by result and by how long they took.
//
// Thread rule: any thread.

#pragma once

#include <algorithm>
#include <array>

#include "cachekit/stats.h"
#include "client/metrics/counter.h"
#include "client/metrics/latency_recorder.h"

namespace cachekit::metrics {

class CallMeter {
 public:
  /// So many calls of one class took equally long, whatever came of them.
  void note_ended(CommandClass command_class, LatencyRecorder::Duration took,
                  std::uint64_t calls = 1) {
    latency_[command_class].record(took, calls);
  }

  /// One of them has failed.
  void note_failure(Code code) { failures_[static_cast<std::size_t>(code)].add(); }

  void tell(ClientStats& stats) const {
    std::uint64_t failed = 0;
    for (std::size_t code = 0; code < code_count; ++code) {
      stats.calls[code] = failures_[code].get();
      failed += stats.calls[code];
    }
    std::uint64_t ended = 0;
    for (const CommandClass command_class : command_classes) {
      latency_[command_class].add_to(stats.call_latency[command_class]);
      ended += stats.call_latency[command_class].count();
    }
    stats.calls[static_cast<std::size_t>(Code::ok)] = std::max(ended, failed) - failed;
  }

 private:
  PerClass<LatencyRecorder> latency_;
  std::array<Counter, code_count> failures_;
};

}  // namespace cachekit::metrics
