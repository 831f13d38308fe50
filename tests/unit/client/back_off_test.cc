#include "client/topology/back_off.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/support/seed.h"

namespace cachekit::topology {
namespace {

using namespace std::chrono_literals;

TEST_CASE("pauses lie in the upper half below a bound that doubles up to a limit") {
  BackOff back_off(20ms, 100ms, test::seed());
  for (const auto bound : {20ms, 40ms, 80ms, 100ms, 100ms}) {
    const auto pause = back_off.next();
    CHECK(pause >= bound / 2);
    CHECK(pause <= bound);
  }
  back_off.reset();
  CHECK(back_off.next() <= 20ms);
}

TEST_CASE("those who have failed together do not try again together") {
  std::set<std::chrono::milliseconds> pauses;
  constexpr std::uint64_t clients = 100;
  for (std::uint64_t i = 0; i < clients; ++i) pauses.insert(BackOff(1s, 1s, i).next());
  CHECK(pauses.size() > clients / 2);
}

}  // namespace
}  // namespace cachekit::topology
