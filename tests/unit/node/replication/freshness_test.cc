#include "node/replication/freshness.h"

#include <doctest/doctest.h>

namespace cachekit::node::replication {
namespace {

// The primary's clock is ahead of this node's by so much.
constexpr std::int64_t ahead = 1'000'000;

TEST_CASE("data of which nothing was heard are of unknown age") {
  CHECK_FALSE(Freshness().age_ms(5));
}

TEST_CASE("data grow old from the newest heartbeat on, whatever the clocks show") {
  Freshness freshness;
  freshness.note_heartbeat(100 + ahead, 100);
  CHECK(freshness.age_ms(100) == 0);
  CHECK(freshness.age_ms(350) == 250);
  freshness.note_heartbeat(400 + ahead, 400);
  CHECK(freshness.age_ms(450) == 50);
}

TEST_CASE("a heartbeat that was long on its way tells of data as old as that") {
  Freshness freshness;
  freshness.note_heartbeat(100 + ahead, 100);
  freshness.note_heartbeat(200 + ahead, 900);
  CHECK(freshness.age_ms(900) == 700);
  freshness.note_heartbeat(300 + ahead, 901);
  CHECK(freshness.age_ms(901) == 601);
}

TEST_CASE("an old heartbeat does not make data older than they were known to be") {
  Freshness freshness;
  freshness.note_heartbeat(100 + ahead, 100);
  freshness.note_heartbeat(50 + ahead, 110);
  CHECK(freshness.age_ms(110) == 10);
}

TEST_CASE("clocks that drift apart are followed") {
  Freshness freshness;
  // The primary's clock loses a millisecond in a second: an hour of it is 3.6 seconds.
  for (std::int64_t now = 0; now < 3'600'000; now += 100) {
    freshness.note_heartbeat(now - now / 1000, now);
  }
  const std::int64_t end = 3'599'900;
  REQUIRE(freshness.age_ms(end));
  CHECK(*freshness.age_ms(end) <= 2 * Freshness::window_ms / 1000);
}

TEST_CASE("another primary has another clock, and the data are as old as they were") {
  Freshness freshness;
  freshness.note_heartbeat(100 + ahead, 100);
  freshness.expect_another_clock();
  CHECK(freshness.age_ms(300) == 200);
  freshness.note_heartbeat(7, 310);
  CHECK(freshness.age_ms(310) == 0);
}

}  // namespace
}  // namespace cachekit::node::replication
