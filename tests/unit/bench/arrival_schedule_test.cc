#include "bench/load/arrival_schedule.h"

#include <doctest/doctest.h>

#include <set>

namespace cachekit::bench {
namespace {

using std::chrono::milliseconds;
using Clock = ArrivalSchedule::Clock;

const Clock::time_point start{std::chrono::seconds(100)};

TEST_CASE("one thread sends at the rate") {
  const ArrivalSchedule schedule(start, 1000, 0, 1);
  CHECK(schedule.due(0) == start);
  CHECK(schedule.due(1) == start + milliseconds(1));
  CHECK(schedule.due(5000) == start + milliseconds(5000));
}

TEST_CASE("threads take turns, and together keep the rate") {
  std::multiset<Clock::time_point> due;
  for (unsigned thread = 0; thread < 4; ++thread) {
    const ArrivalSchedule schedule(start, 1000, thread, 4);
    for (std::uint64_t index = 0; index < 25; ++index) due.insert(schedule.due(index));
  }
  int place = 0;
  for (const Clock::time_point time : due) CHECK(time == start + milliseconds(place++));
}

TEST_CASE("rounding does not add up over a day of requests") {
  const ArrivalSchedule schedule(start, 3, 0, 1);
  const auto drift = schedule.due(3 * 86'400) - (start + std::chrono::hours(24));
  CHECK(std::chrono::abs(drift) < std::chrono::microseconds(1));
}

}  // namespace
}  // namespace cachekit::bench
