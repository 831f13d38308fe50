// What an agent leaves alone while it could not finish it, and what somebody else has changed by
// hand.

#include <doctest/doctest.h>

#include "tests/unit/client/shards.h"

namespace cachekit::agent {
namespace {

using namespace std::chrono_literals;
using protocol::LeaseState;

TEST_CASE("while the store is away, nothing is begun that would wait for it") {
  Shards shards;
  SUBCASE("a promotion") {
    shards.dies("p:1");
    CHECK(shards.decide(ShardSteward::Store::away).empty());
    CHECK(commands(shards.decide(), "r:1", words({"CACHEKIT.PROMISE", "6"})));
  }
  SUBCASE("a hand-over") {
    shards.steward.request({.from = "p:1"});
    CHECK(shards.decide(ShardSteward::Store::away).empty());
    CHECK(commands(shards.decide(), "p:1", words({"CACHEKIT.HANDOVER", "5"})));
  }
  SUBCASE("the lease of a primary that has served alone") {
    shards.shard.replicas.clear();
    shards.shard.absent = {"r:1", "r:2"};
    shards.node("p:1").report.lease = LeaseState::unneeded;
    CHECK(shards.decide(ShardSteward::Store::away).empty());
    CHECK(commands(shards.decide(), "p:1", words({"CACHEKIT.ROLE", "5", "run-of-p:1", "PRIMARY"})));
  }
}

TEST_CASE("orders are repeated while the store is away") {
  Shards shards;
  shards.starts_anew("r:1");
  CHECK(commands(shards.decide(ShardSteward::Store::away), "r:1",
                 words({"CACHEKIT.ROLE", "5", "new-run-of-r:1", "REPLICA", "p", "1"})));
}

TEST_CASE(
    "a node that is none of the shard's any more, and follows still, is left by a new epoch") {
  Shards shards;
  shards.node("p:1").report.replicas = {
      {.address = "r:1", .offset = 100, .lag_ms = 20, .run_id = "run-of-r:1"},
      {.address = "x:1", .offset = 100, .lag_ms = 20, .run_id = "run-of-x:1"}};
  SUBCASE("once it is sure") {
    CHECK_FALSE(shards.decide().next);
    const Decision decision = shards.decide_after(1s);
    REQUIRE(decision.next);
    CHECK(decision.next->epoch == 6);
    CHECK(decision.next->primary == "p:1");
    CHECK(decision.next->replicas == std::vector<std::string>{"r:1", "r:2"});
  }
  SUBCASE("but not while it may be a node of the shard that has been started again") {
    shards.falls_silent("r:2");
    CHECK_FALSE(shards.decide_after(2s).next);
  }
  SUBCASE("nor if it is only what is left of a connection") {
    shards.node("p:1").report.replicas.back().lag_ms = 5000;
    CHECK_FALSE(shards.decide_after(2s).next);
  }
}

TEST_CASE("a primary whose last replica was taken out by hand does without a lease") {
  Shards shards;
  shards.shard.replicas.clear();
  shards.nodes.resize(1);
  shards.node("p:1").report.lease = LeaseState::lapsed;
  const Decision decision = shards.decide_after(3s);
  REQUIRE(decision.next);
  shards.shard = *decision.next;
  shards.node("p:1").report.epoch = 5;
  CHECK(commands(shards.decide(), "p:1",
                 words({"CACHEKIT.ROLE", "6", "run-of-p:1", "PRIMARY", "ALONE"})));
}

}  // namespace
}  // namespace cachekit::agent
