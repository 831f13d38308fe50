// The clock of deadlines. Only the engine reads it; everything else is handed points in time.

#pragma once

#include <algorithm>
#include <chrono>
#include <ctime>

namespace cachekit::io {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Duration = Clock::duration;

/// What is left until `deadline`, at least nothing, as ppoll takes it.
inline timespec time_left(Time now, Time deadline) {
  const auto left = std::max(deadline - now, Duration::zero());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(left - seconds);
  return {.tv_sec = seconds.count(), .tv_nsec = rest.count()};
}

}  // namespace cachekit::io
