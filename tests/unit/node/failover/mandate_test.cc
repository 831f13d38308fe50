#include "node/failover/mandate.h"

#include <doctest/doctest.h>

namespace cachekit::node::failover {
namespace {

constexpr std::int64_t lease_ms = 250;

Order primary_of(Epoch epoch) {
  return {.epoch = epoch, .run_id = "me", .role = NodeRole::primary};
}

Order replica_of(Epoch epoch, std::uint16_t port = 7000) {
  return {.epoch = epoch,
          .run_id = "me",
          .role = NodeRole::replica,
          .primary = {.host = "10.0.0.1", .port = port}};
}

Mandate mandate_with(const Order& order) {
  Mandate mandate("me", lease_ms);
  REQUIRE(mandate.take(order));
  return mandate;
}

bool begins_with(const tl::expected<void, std::string>& outcome, std::string_view code) {
  return !outcome && outcome.error().starts_with(code);
}

TEST_CASE("a node has no role before its first order") {
  const Mandate mandate("me", lease_ms);
  CHECK(mandate.role() == NodeRole::none);
  CHECK(mandate.epoch() == 0);
  CHECK(mandate.lease(0) == LeaseState::unneeded);
}

TEST_CASE("an order for an earlier life of the process is refused") {
  Mandate mandate("me", lease_ms);
  Order order = primary_of(1);
  order.run_id = "who I was";
  const auto taken = mandate.take(order);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().starts_with("STALERUN "));
  CHECK(mandate.role() == NodeRole::none);
}

TEST_CASE("orders of lower epochs, and others of the same one, are refused") {
  Mandate mandate = mandate_with(replica_of(3));
  CHECK(mandate.take(replica_of(3)) == Mandate::Taken::repeated);
  for (const Order& order : {replica_of(2), primary_of(2), primary_of(3), replica_of(3, 7001)}) {
    const auto taken = mandate.take(order);
    REQUIRE_FALSE(taken);
    CHECK(taken.error().starts_with("STALEEPOCH "));
  }
  CHECK(mandate.take(primary_of(4)) == Mandate::Taken::changed);
  CHECK(mandate.role() == NodeRole::primary);
}

TEST_CASE("a promise binds until an order of its epoch or a later one") {
  Mandate mandate = mandate_with(replica_of(3));
  CHECK(begins_with(mandate.check_promise(3), "STALEEPOCH "));
  REQUIRE(mandate.check_promise(4));
  mandate.promise(4);
  CHECK(mandate.has_promised());
  CHECK_FALSE(mandate.take(replica_of(3)));
  CHECK(mandate.check_promise(4));
  CHECK(mandate.take(replica_of(4)) == Mandate::Taken::changed);
  CHECK_FALSE(mandate.has_promised());
}

TEST_CASE("a primary promises nothing") {
  CHECK(begins_with(mandate_with(primary_of(1)).check_promise(2), "NOPROMISE "));
}

TEST_CASE("a primary is given up when it is dead, or silent for longer than its lease") {
  const Mandate mandate = mandate_with(replica_of(1));
  CHECK(mandate.may_give_up_on(ProbeOutcome::dead, 0));
  CHECK_FALSE(mandate.may_give_up_on(ProbeOutcome::alive, 10'000));
  CHECK_FALSE(mandate.may_give_up_on(ProbeOutcome::silent, lease_ms));
  CHECK(mandate.may_give_up_on(ProbeOutcome::silent, lease_ms + lease_ms / 10));
}

TEST_CASE("a primary with replicas writes while one of them has answered lately") {
  Mandate mandate = mandate_with(primary_of(1));
  CHECK(mandate.refusal_of_write(1000)->starts_with("TRYAGAIN "));
  CHECK_FALSE(mandate.may_acknowledge(1000));
  mandate.renew_lease(1000);
  CHECK_FALSE(mandate.refusal_of_write(1249));
  CHECK(mandate.lease(1249) == LeaseState::held);
  CHECK(mandate.refusal_of_write(1250));
  CHECK_FALSE(mandate.may_acknowledge(1250));
  mandate.renew_lease(900);  // an older answer that comes later
  CHECK(mandate.may_acknowledge(1249));
}

TEST_CASE("how long a primary has been without a lease is known") {
  Mandate mandate = mandate_with(primary_of(1));
  mandate.begin_lease(1000);
  CHECK(mandate.lapsed_for_ms(1300) == 300);
  mandate.renew_lease(1300);
  CHECK(mandate.lapsed_for_ms(1300 + lease_ms - 1) == 0);
  CHECK(mandate.lapsed_for_ms(1300 + lease_ms + 70) == 70);
  CHECK(mandate_with(replica_of(1)).lapsed_for_ms(5000) == 0);
}

TEST_CASE("a new order begins without a lease") {
  Mandate mandate = mandate_with(primary_of(1));
  mandate.renew_lease(1000);
  REQUIRE(mandate.take(primary_of(2)));
  CHECK(mandate.lease(1001) == LeaseState::lapsed);
}

TEST_CASE("a primary alone needs no lease, until it is told of replicas, and never again") {
  Order alone = primary_of(1);
  alone.alone = true;
  Mandate mandate = mandate_with(alone);
  CHECK(mandate.may_acknowledge(1'000'000));
  CHECK(mandate.take(primary_of(1)) == Mandate::Taken::repeated);
  CHECK_FALSE(mandate.may_acknowledge(1'000'000));
  CHECK(mandate.take(alone) == Mandate::Taken::repeated);
  CHECK_FALSE(mandate.may_acknowledge(1'000'000));
}

TEST_CASE("an observer becomes a replica within an epoch, and no replica an observer") {
  Order observer = replica_of(1);
  observer.observes = true;
  Mandate mandate = mandate_with(observer);
  CHECK_FALSE(mandate.votes());
  CHECK(mandate.take(replica_of(1)) == Mandate::Taken::repeated);
  CHECK(mandate.votes());
  CHECK(mandate.take(observer) == Mandate::Taken::repeated);
  CHECK(mandate.votes());
}

TEST_CASE("a primary that hands over writes no more until the next epoch") {
  Mandate mandate = mandate_with(primary_of(1));
  mandate.renew_lease(1000);
  CHECK(begins_with(mandate.close(2), "STALEEPOCH "));
  REQUIRE(mandate.close(1));
  CHECK(mandate.refusal_of_write(1001)->starts_with("TRYAGAIN "));
  REQUIRE(mandate.take(primary_of(1)));
  CHECK(mandate.is_closed());
  REQUIRE(mandate.take(primary_of(2)));
  CHECK_FALSE(mandate.is_closed());
}

TEST_CASE("data may go for another history only by an order later than them") {
  Mandate mandate = mandate_with(replica_of(1));
  CHECK(mandate.may_discard_data());
  mandate.note_data_up_to_date();
  CHECK_FALSE(mandate.may_discard_data());
  REQUIRE(mandate.take(replica_of(2)));
  CHECK(mandate.may_discard_data());
}

TEST_CASE("the answer to a probe tells a primary of the same epoch or a later one") {
  CHECK(outcome_of(to_line(mandate_with(primary_of(7))), 7) == ProbeOutcome::alive);
  CHECK(outcome_of(to_line(mandate_with(primary_of(8))), 7) == ProbeOutcome::alive);
  CHECK(outcome_of(to_line(mandate_with(primary_of(6))), 7) == ProbeOutcome::silent);
  CHECK(outcome_of(to_line(mandate_with(replica_of(7))), 7) == ProbeOutcome::dead);
  CHECK(outcome_of(to_line(Mandate("me", lease_ms)), 7) == ProbeOutcome::dead);
  CHECK(outcome_of("primary", 7) == ProbeOutcome::silent);
  CHECK(outcome_of("", 7) == ProbeOutcome::dead);
}

TEST_CASE("a replica waits for the lease that its primary tells, if that is longer") {
  Mandate mandate = mandate_with(replica_of(1));
  mandate.note_lease_of_primary(1000);
  CHECK_FALSE(mandate.may_give_up_on(ProbeOutcome::silent, 1099));
  CHECK(mandate.may_give_up_on(ProbeOutcome::silent, 1100));
}

}  // namespace
}  // namespace cachekit::node::failover
