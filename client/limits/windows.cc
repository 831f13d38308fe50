#include "client/limits/windows.h"

#include <algorithm>
#include <cmath>

namespace cachekit::limits {
namespace {

// Rounded up, so that a limit is rather held a little too early.
std::int64_t share_of(std::int64_t count, Milliseconds part, Milliseconds whole) {
  return static_cast<std::int64_t>(
      std::ceil(static_cast<double>(count) * static_cast<double>(part.count()) /
                static_cast<double>(whole.count())));
}

// From the beginning of a window until so many of the one before weigh no more than `room`.
Milliseconds time_to_forget(std::int64_t previous, std::int64_t room, Milliseconds length) {
  if (previous <= room) return Milliseconds(0);
  const double share = static_cast<double>(room) / static_cast<double>(previous);
  return length - Milliseconds(static_cast<std::int64_t>(
                      std::floor(static_cast<double>(length.count()) * share)));
}

}  // namespace

Window window_at(Microseconds now, Milliseconds length) {
  const auto since_epoch = std::chrono::floor<Milliseconds>(now);
  const std::int64_t number = since_epoch / length - (since_epoch % length < Milliseconds(0));
  return {.number = number, .length = length, .left = (number + 1) * length - since_epoch};
}

Verdict judge_fixed(std::int64_t limit, std::int64_t permits, std::int64_t before,
                    Milliseconds left) {
  const std::int64_t counted = std::max<std::int64_t>(before, 0);
  const bool allowed = counted + permits <= limit;
  const std::int64_t taken = counted + (allowed ? permits : 0);
  return {.allowed = allowed,
          .remaining = std::max<std::int64_t>(limit - taken, 0),
          .retry_after = allowed ? Milliseconds(0) : left,
          .reset_after = left};
}

Verdict judge_sliding(const Counts& counts, const Window& window) {
  // Above the limit stands only what is about to be given back.
  const auto previous = std::clamp<std::int64_t>(counts.previous, 0, counts.limit);
  const auto others = std::clamp<std::int64_t>(counts.count - counts.permits, 0, counts.limit);
  const std::int64_t carried = share_of(previous, window.left, window.length);
  const std::int64_t room = counts.limit - carried - std::max<std::int64_t>(counts.count, 0);
  const bool some_in_this = others > 0 || room >= 0;
  Verdict verdict{
      .allowed = room >= 0,
      .remaining = room >= 0 ? room : std::max<std::int64_t>(counts.limit - carried - others, 0),
      .reset_after = window.left + (some_in_this ? window.length : Milliseconds(0))};
  if (verdict.allowed) return verdict;

  const std::int64_t room_for_previous = counts.limit - counts.permits - others;
  if (room_for_previous >= 0) {
    const Milliseconds gone = window.length - window.left;
    verdict.retry_after = time_to_forget(previous, room_for_previous, window.length) - gone;
  } else {
    verdict.retry_after =
        window.left + time_to_forget(others, counts.limit - counts.permits, window.length);
  }
  verdict.retry_after = std::max(verdict.retry_after, Milliseconds(1));
  return verdict;
}

}  // namespace cachekit::limits
