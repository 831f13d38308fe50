#include "tests/latency/core_watch.h"

#include <doctest/doctest.h>

#include "tests/latency/cores.h"

namespace cachekit::test {
namespace {

using std::chrono::milliseconds;

WatchClock::time_point at(int ms) { return WatchClock::time_point{milliseconds(ms)}; }

TEST_CASE("what an interval has in common with others is the sum of what overlaps") {
  const std::vector<Interval> parts{{at(10), at(20)}, {at(30), at(40)}, {at(50), at(60)}};
  CHECK(common_time({at(0), at(10)}, parts) == milliseconds(0));
  CHECK(common_time({at(20), at(30)}, parts) == milliseconds(0));
  CHECK(common_time({at(15), at(16)}, parts) == milliseconds(1));
  CHECK(common_time({at(15), at(55)}, parts) == milliseconds(20));
  CHECK(common_time({at(0), at(100)}, parts) == milliseconds(30));
  CHECK(common_time({at(60), at(100)}, parts) == milliseconds(0));
}

// It would excuse the node's own pauses otherwise.
TEST_CASE("a thread that keeps its core busy is no standstill") {
  constexpr milliseconds busy{300};
  std::thread worker([busy] {
    move_to_core(0, node_core);
    const auto until = WatchClock::now() + busy;
    while (WatchClock::now() < until) {
    }
  });
  CoreWatch watch(node_core);
  worker.join();
  WatchClock::duration stood_still{0};
  for (const Interval& standstill : watch.stop()) {
    stood_still += standstill.ended - standstill.began;
  }
  CHECK(stood_still < busy / 2);
}

}  // namespace
}  // namespace cachekit::test
