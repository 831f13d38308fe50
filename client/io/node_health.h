// Whether a node answers, as far as the log is concerned: it is told of changes only, and of at
// most one a second for each node. Pure but for its lock; any thread.

#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "client/io/clock.h"

namespace cachekit::io {

class NodeHealth {
 public:
  /// A node that goes up and down all the time fills no log.
  static constexpr auto least_time_between_reports = std::chrono::seconds(1);

  /// True if the node is to be reported as lost.
  bool note_failure(Time now) { return note(true, now); }

  /// True if it is to be reported as found again. Cheap while nothing was lost.
  bool note_success(Time now) {
    return reported_lost_.load(std::memory_order_relaxed) && note(false, now);
  }

 private:
  bool note(bool lost, Time now) {
    const std::lock_guard lock(mutex_);
    if (reported_lost_.load(std::memory_order_relaxed) == lost) return false;
    if (last_report_ && now - *last_report_ < least_time_between_reports) return false;
    reported_lost_.store(lost, std::memory_order_relaxed);
    last_report_ = now;
    return true;
  }

  std::mutex mutex_;
  std::atomic<bool> reported_lost_{false};
  std::optional<Time> last_report_;
};

}  // namespace cachekit::io
