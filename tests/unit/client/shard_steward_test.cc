#include "client/agent/shard_steward.h"

#include <doctest/doctest.h>

#include "tests/unit/client/shards.h"

namespace cachekit::agent {
namespace {

using namespace std::chrono_literals;
using protocol::LeaseState;
using protocol::NodeRole;

TEST_CASE("a shard in good order is left alone") { CHECK(Shards().decide().empty()); }

TEST_CASE("a shard with a node that is not managed is left alone") {
  Shards shards;
  shards.node("r:1").report.managed = false;
  shards.dies("p:1");
  const Decision decision = shards.decide();
  CHECK(decision.empty());
  CHECK(decision.why == "node r:1 is not managed");
}

TEST_CASE("a new shard begins with an epoch of its own, and is ordered then") {
  Shards shards;
  for (const char* address : {"p:1", "r:1", "r:2"}) shards.starts_anew(address);
  const Decision first = shards.decide();
  REQUIRE(first.next);
  CHECK(first.next->epoch == 6);
  CHECK(first.next->primary == "p:1");
  shards.shard = *first.next;
  const Decision second = shards.decide();
  CHECK_FALSE(second.next);
  CHECK(commands(second, "p:1", words({"CACHEKIT.ROLE", "6", "new-run-of-p:1", "PRIMARY"})));
  CHECK(commands(second, "r:2",
                 words({"CACHEKIT.ROLE", "6", "new-run-of-r:2", "REPLICA", "p", "1"})));
}

TEST_CASE("a replica that has started again is told whom to follow") {
  Shards shards;
  shards.starts_anew("r:1");
  const Decision decision = shards.decide();
  CHECK_FALSE(decision.next);
  CHECK(decision.commands ==
        std::vector<NodeCommand>{
            {"r:1", words({"CACHEKIT.ROLE", "5", "new-run-of-r:1", "REPLICA", "p", "1"})}});
}

TEST_CASE("when a primary dies, all replicas are asked to promise, and the most advanced leads") {
  Shards shards;
  shards.dies("p:1");
  const Decision asking = shards.decide();
  CHECK_FALSE(asking.next);
  CHECK(asking.commands == std::vector<NodeCommand>{{"r:1", words({"CACHEKIT.PROMISE", "6"})},
                                                    {"r:2", words({"CACHEKIT.PROMISE", "6"})}});
  shards.promises("r:1", 6);
  CHECK_FALSE(shards.decide().next);
  shards.promises("r:2", 6);
  shards.node("r:2").report.offset = 101;
  const Decision decision = shards.decide();
  REQUIRE(decision.next);
  CHECK(decision.change == Decision::Change::promotion);
  CHECK(decision.next->epoch == 6);
  CHECK(decision.next->primary == "r:2");
  CHECK(decision.next->replicas == std::vector<std::string>{"r:1"});
  CHECK(decision.next->absent == std::vector<std::string>{"p:1"});
}

TEST_CASE("newer data win over more of older ones, and half a copy counts nothing") {
  Shards shards;
  shards.dies("p:1");
  for (const char* address : {"r:1", "r:2"}) shards.promises(address, 6);
  shards.node("r:1").report.data_epoch = 4;
  shards.node("r:1").report.offset = 1000;
  CHECK(shards.decide().next->primary == "r:2");
  shards.node("r:1").report.data_epoch = 5;
  shards.node("r:1").report.complete = false;
  CHECK(shards.decide().next->primary == "r:2");
}

TEST_CASE("a silent primary is suspected after a while only") {
  Shards shards;
  shards.falls_silent("p:1");
  CHECK(shards.decide().empty());
  CHECK(commands(shards.decide_after(200ms), "r:1", words({"CACHEKIT.PROMISE", "6"})));
}

TEST_CASE("a promotion waits for a silent replica as long as it has patience") {
  Shards shards;
  shards.dies("p:1");
  shards.falls_silent("r:1");
  shards.promises("r:2", 6);
  CHECK_FALSE(shards.decide().next);
  const Decision decision = shards.decide_after(3s);
  REQUIRE(decision.next);
  CHECK(decision.next->primary == "r:2");
  CHECK(decision.next->replicas.empty());
  CHECK(decision.why.find("without word from every replica") != std::string::npos);
}

TEST_CASE("a lease that rested on a replica outlives it for as long as the nodes say") {
  Shards shards;
  shards.node("r:2").report.lapse_ms = 1100;
  shards.falls_silent("p:1");
  CHECK(commands(shards.decide_after(200ms), "r:2", words({"CACHEKIT.PROMISE", "6"})));
  shards.promises("r:2", 6);
  shards.dies("r:1");
  shards.node("r:1").since = shards.now;
  CHECK_FALSE(shards.decide_after(1099ms).next);
  const Decision decision = shards.decide_after(1ms);
  REQUIRE(decision.next);
  CHECK(decision.next->primary == "r:2");
}

TEST_CASE("a primary that comes back empty is replaced by who has its data, and follows then") {
  Shards shards;
  shards.starts_anew("p:1");
  CHECK(commands(shards.decide(), "r:1", words({"CACHEKIT.PROMISE", "6"})));
  for (const char* address : {"r:1", "r:2"}) shards.promises(address, 6);
  const Decision decision = shards.decide();
  REQUIRE(decision.next);
  CHECK(decision.next->primary == "r:1");
  shards.shard = *decision.next;
  CHECK(commands(shards.decide(), "p:1",
                 words({"CACHEKIT.ROLE", "6", "new-run-of-p:1", "REPLICA", "r", "1", "OBSERVER"})));
}

TEST_CASE("where a primary has never served, whoever belongs to the shard is heard") {
  Shards shards;  // epoch 6 was agreed on, and its primary died before anybody heard of it
  shards.shard.epoch = 6;
  shards.shard.replicas = {"r:1"};
  shards.shard.absent = {"r:2"};
  shards.dies("p:1");
  shards.promises("r:1", 7);
  shards.node("r:2").report.offset = 500;
  CHECK(commands(shards.decide(), "r:2", words({"CACHEKIT.PROMISE", "7"})));
  shards.promises("r:2", 7);
  CHECK(shards.decide().next->primary == "r:2");
}

TEST_CASE("a primary of old that is alive speaks for those that follow it") {
  Shards shards;  // p:1 has led epoch 6 without r:1 and r:2, and come back empty
  shards.shard.epoch = 6;
  shards.shard.replicas.clear();
  shards.shard.absent = {"r:1", "r:2"};
  shards.starts_anew("p:1");
  shards.node("r:1").report.role = NodeRole::primary;
  shards.node("r:2").report.primary = "r:1";
  const Decision decision = shards.decide();
  REQUIRE(decision.next);
  CHECK(decision.next->epoch == 7);
  CHECK(decision.next->primary == "r:1");
}

TEST_CASE("one that serves alone is not replaced because it is silent") {
  Shards shards;
  shards.shard.replicas.clear();
  shards.shard.absent = {"r:1", "r:2"};
  shards.falls_silent("p:1");
  CHECK(shards.decide_after(1h).empty());
  shards.dies("p:1");
  CHECK(commands(shards.decide(), "r:1", words({"CACHEKIT.PROMISE", "6"})));
}

TEST_CASE("a replica that is away for long is left out, unless its primary hears it") {
  Shards shards;
  shards.falls_silent("r:2");
  CHECK_FALSE(shards.decide_after(2s).next);
  shards.node("p:1").report.replicas = {{.address = "r:2", .offset = 100, .lag_ms = 20}};
  CHECK_FALSE(shards.decide_after(2s).next);
  shards.node("p:1").report.replicas.clear();
  const Decision decision = shards.decide();
  REQUIRE(decision.next);
  CHECK(decision.next->epoch == 6);
  CHECK(decision.next->replicas == std::vector<std::string>{"r:1"});
  CHECK(decision.next->absent == std::vector<std::string>{"r:2"});
}

TEST_CASE("a primary's word about a replica is known by the run-id, whatever address it has seen") {
  Shards shards;
  shards.falls_silent("r:2");
  auto& seen = shards.node("p:1").report.replicas;
  seen = {{.address = "gateway:7", .offset = 100, .lag_ms = 20, .run_id = "run-of-r:2"}};
  CHECK_FALSE(shards.decide_after(4s).next);
  seen.front().run_id = "run-of-r:1";
  seen.front().address = "r:2";  // the other one's, translated
  CHECK(shards.decide().next);
}

TEST_CASE("a replica with an unknown run-id is one that was started again, and has its address") {
  Shards shards;
  shards.falls_silent("r:2");
  shards.node("p:1").report.replicas = {
      {.address = "r:2", .offset = 100, .lag_ms = 20, .run_id = "new-run-of-r:2"}};
  CHECK_FALSE(shards.decide_after(4s).next);
}

TEST_CASE("a node that is back is taken in once it has all keys") {
  Shards shards;
  shards.shard.replicas = {"r:1"};
  shards.shard.absent = {"r:2"};
  shards.node("r:2").report.observer = true;
  shards.node("r:2").report.complete = false;
  CHECK(shards.decide().empty());
  shards.node("r:2").report.complete = true;
  const Decision decision = shards.decide();
  REQUIRE(decision.next);
  CHECK(decision.next->epoch == 5);
  CHECK(decision.next->replicas == std::vector<std::string>{"r:1", "r:2"});
  CHECK(decision.next->absent.empty());
}

TEST_CASE("a primary that served alone is told of the lease before a replica is taken in") {
  Shards shards;
  shards.shard.replicas.clear();
  shards.shard.absent = {"r:1"};
  shards.node("p:1").report.lease = LeaseState::unneeded;
  const Decision decision = shards.decide();
  CHECK_FALSE(decision.next);
  CHECK(commands(decision, "p:1", words({"CACHEKIT.ROLE", "5", "run-of-p:1", "PRIMARY"})));
  shards.node("p:1").report.lease = LeaseState::lapsed;
  CHECK(shards.decide().next->replicas == std::vector<std::string>{"r:1"});
}

TEST_CASE("a primary that leaves hands over to the most advanced replica, without a gap") {
  Shards shards;
  shards.node("p:1").report.leaving = true;
  shards.node("r:2").report.offset = 150;
  CHECK(commands(shards.decide(), "p:1", words({"CACHEKIT.HANDOVER", "5"})));
  shards.node("p:1").report.closed = true;
  shards.node("p:1").report.offset = 160;
  CHECK(shards.decide().empty());
  shards.node("r:2").report.offset = 160;
  const Decision decision = shards.decide();
  REQUIRE(decision.next);
  CHECK(decision.change == Decision::Change::hand_over);
  CHECK(decision.next->primary == "r:2");
  CHECK(decision.next->absent == std::vector<std::string>{"p:1"});
}

TEST_CASE("a hand-over that was asked for goes to the replica named, and the old primary follows") {
  Shards shards;
  shards.steward.request({.from = "p:1", .to = "r:1"});
  shards.node("p:1").report.closed = true;
  const Decision decision = shards.decide();
  REQUIRE(decision.next);
  CHECK(decision.next->primary == "r:1");
  CHECK(decision.next->replicas == std::vector<std::string>{"r:2", "p:1"});
  shards.shard = *decision.next;
  shards.node("r:1").report.role = NodeRole::primary;
  CHECK_FALSE(shards.decide().next);  // once is enough
}

TEST_CASE("promises and closings that nobody finishes end by a new epoch for the same primary") {
  Shards shards;
  SUBCASE("a promise") { shards.promises("r:1", 8); }
  SUBCASE("a closing") { shards.node("p:1").report.closed = true; }
  CHECK_FALSE(shards.decide().next);
  const Decision decision = shards.decide_after(1s);
  REQUIRE(decision.next);
  CHECK(decision.next->primary == "p:1");
  CHECK(decision.next->epoch >=
        std::max<std::uint64_t>(6, shards.node("r:1").report.promised_epoch));
}

TEST_CASE("a primary whose replicas answer but never follow goes on without them") {
  Shards shards;
  shards.node("p:1").report.lease = LeaseState::lapsed;
  for (const char* address : {"r:1", "r:2"}) {
    shards.node(address).report.link_up = false;
    shards.node(address).report.data_epoch = 0;
  }
  CHECK_FALSE(shards.decide_after(2s).next);
  const Decision decision = shards.decide_after(1s);
  REQUIRE(decision.next);
  CHECK(decision.next->epoch == 6);
  CHECK(decision.next->replicas.empty());
}

TEST_CASE("a topology that names a replica as primary is made true by a new epoch") {
  Shards shards;
  shards.shard.primary = "r:1";
  shards.shard.replicas = {"p:1", "r:2"};
  CHECK_FALSE(shards.decide().next);
  const Decision decision = shards.decide_after(1s);
  REQUIRE(decision.next);
  CHECK(decision.next->epoch == 6);
  CHECK(decision.next->primary == "r:1");
}

TEST_CASE("data lost with all their nodes are lost; somebody begins anew") {
  Shards shards;
  shards.starts_anew("p:1");
  shards.dies("r:1");
  shards.dies("r:2");
  const Decision decision = shards.decide_after(1s);
  REQUIRE(decision.next);
  CHECK(decision.next->primary == "p:1");
  CHECK(decision.next->replicas.empty());
  CHECK(decision.next->absent.size() == 2);
}

}  // namespace
}  // namespace cachekit::agent
