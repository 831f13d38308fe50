// Windows of time that begin at multiples of their length, and what their counts allow. Pure.

#pragma once

#include <chrono>
#include <cstdint>

namespace cachekit::limits {

using Microseconds = std::chrono::microseconds;
using Milliseconds = std::chrono::milliseconds;

struct Window {
  std::int64_t number = 0;
  Milliseconds length{0};
  Milliseconds left{0};  ///< Until it ends: more than 0, at most its length.
};

/// `now` is the server's Unix time.
Window window_at(Microseconds now, Milliseconds length);

/// What is left is what could be taken just after.
struct Verdict {
  bool allowed = false;
  std::int64_t remaining = 0;
  Milliseconds retry_after{0};  ///< 0 if allowed.
  Milliseconds reset_after{0};  ///< Until all permits are there again, if nobody calls.

  bool operator==(const Verdict&) const = default;
};

/// `before` were taken of a window that ends in `left`.
Verdict judge_fixed(std::int64_t limit, std::int64_t permits, std::int64_t before,
                    Milliseconds left);

/// What two counters of a sliding window say, of which `count` holds the permits.
struct Counts {
  std::int64_t limit = 0;
  std::int64_t permits = 0;
  std::int64_t count = 0;
  std::int64_t previous = 0;  ///< Of the window before.
};

Verdict judge_sliding(const Counts& counts, const Window& window);

}  // namespace cachekit::limits
