#include "node/failover/suspicion.h"

#include <doctest/doctest.h>

namespace cachekit::node::failover {
namespace {

TEST_CASE("no probe begins unasked") {
  Suspicion suspicion;
  CHECK_FALSE(suspicion.take_wanted());
}

TEST_CASE("all who asked before a probe began share its outcome") {
  Suspicion suspicion;
  const auto first = suspicion.ask();
  const auto second = suspicion.ask();
  CHECK(suspicion.take_wanted());
  CHECK_FALSE(suspicion.outcome(first));
  suspicion.conclude(ProbeOutcome::silent);
  CHECK(suspicion.outcome(first) == ProbeOutcome::silent);
  CHECK(suspicion.outcome(second) == ProbeOutcome::silent);
  CHECK_FALSE(suspicion.take_wanted());
}

TEST_CASE("who asks while a probe runs waits for the next one") {
  Suspicion suspicion;
  suspicion.ask();
  REQUIRE(suspicion.take_wanted());
  const auto late = suspicion.ask();
  CHECK_FALSE(suspicion.take_wanted());
  suspicion.conclude(ProbeOutcome::alive);
  CHECK_FALSE(suspicion.outcome(late));
  REQUIRE(suspicion.take_wanted());
  CHECK_FALSE(suspicion.outcome(late));
  suspicion.conclude(ProbeOutcome::dead);
  CHECK(suspicion.outcome(late) == ProbeOutcome::dead);
}

}  // namespace
}  // namespace cachekit::node::failover
