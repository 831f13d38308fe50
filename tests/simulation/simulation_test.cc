// Thousands of orders of faults, each decided by a seed; and the proof that guards are needed.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tests/simulation/scenario.h"
#include "tests/support/sanitizers.h"
#include "tests/support/seed.h"

namespace cachekit::simulation {
namespace {

int seeds_to_run() {
  if (std::getenv("CACHEKIT_SIMULATION_TRACE") != nullptr) return 1;  // CACHEKIT_TEST_SEED's
  constexpr int in_short = test::sanitized ? 6 : 30;
  constexpr int in_long = 3000;
  return std::getenv("CACHEKIT_TEST_LONG") != nullptr ? in_long : in_short;
}

TEST_CASE("no order of faults makes two primaries, loses what a replica has, or stays unhealed") {
  std::uint64_t kills = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t epochs = 0;
  std::uint64_t agent_crashes = 0;
  for (int i = 0; i < seeds_to_run(); ++i) {
    const std::uint64_t seed = test::seed() + static_cast<std::uint64_t>(i);
    const Outcome outcome = run({.seed = seed,
                                 .nodes = 2 + (i / 2) % 2,
                                 .traced = std::getenv("CACHEKIT_SIMULATION_TRACE") != nullptr,
                                 .one_failure_at_a_time = i % 2 == 0});
    CAPTURE(seed);
    for (const std::string& violation : outcome.violations) FAIL_CHECK(violation);
    kills += outcome.kills;
    epochs += outcome.epochs;
    acknowledged += outcome.acknowledged_by_replica;
    agent_crashes += outcome.agent_crashes;
  }
  fmt::print(
      "{} seeds: {} kills, {} agents crashed, {} epochs, {} writes acknowledged by a replica\n",
      seeds_to_run(), kills, agent_crashes, epochs, acknowledged);
  CHECK(kills > 0);
  CHECK(acknowledged > 0);
}

Plan late_mail(std::uint64_t seed, int nodes) {
  return {.seed = seed, .faults = Faults::late_mail, .nodes = nodes, .fault_seconds = 6};
}

TEST_CASE("nothing that agents have said in earlier epochs does harm when it comes again") {
  constexpr int share = 10;  // of the seeds that the other mix of faults gets
  std::uint64_t epochs = 0;
  std::uint64_t late = 0;
  constexpr int most_without_any = 20;
  int count = std::max(1, seeds_to_run() / share);
  for (int i = 0; i < count; ++i) {
    Plan plan = late_mail(test::seed() + static_cast<std::uint64_t>(i), 2 + (i / 2) % 2);
    plan.traced = std::getenv("CACHEKIT_SIMULATION_TRACE") != nullptr;
    plan.one_failure_at_a_time = i % 2 == 0;
    const Outcome outcome = run(plan);
    CAPTURE(plan.seed);
    for (const std::string& violation : outcome.violations) FAIL_CHECK(violation);
    epochs += outcome.epochs;
    late += outcome.late_letters;
    if (late == 0 && i + 1 == count && count < most_without_any) ++count;
  }
  fmt::print("{} seeds: {} epochs, {} orders and requests came again\n", count, epochs, late);
  CHECK(late > 0);
}

// Looks for an order of faults in which it matters that the plan lacks something; with everything
// in place the same one does no harm. The first seed is one that has found something, so that the
// search is short until the code changes.
bool finds_violation(Plan plan, std::uint64_t most_seeds = 400) {
  for (const std::uint64_t end = plan.seed + most_seeds; plan.seed < end; ++plan.seed) {
    const Outcome outcome = run(plan);
    if (outcome.violations.empty()) continue;
    fmt::print("seed {}: {}\n", plan.seed, outcome.violations.front());
    plan.guards = {};
    plan.compare_and_swap = true;
    CHECK(run(plan).violations.empty());
    return true;
  }
  return false;
}

// The proof is the same with sanitizers, and takes long with them.
const doctest::skip skipped_if_sanitized(test::sanitized);

bool is_needed(const node::failover::Guards& guards, int nodes, std::uint64_t first_seed) {
  return finds_violation(
      {.seed = first_seed, .guards = guards, .nodes = nodes, .one_failure_at_a_time = false});
}

TEST_CASE("the lease is needed" * skipped_if_sanitized) {
  CHECK(is_needed({.lease = false}, 3, 220));
}

TEST_CASE("the check of run-ids is needed" * skipped_if_sanitized) {
  CHECK(is_needed({.run_id = false}, 2, 88));
}

// Many a seed finds something, so these look at few.
constexpr std::uint64_t few_seeds = 50;

TEST_CASE("the conditions of a promise are needed" * skipped_if_sanitized) {
  Plan plan = late_mail(21, 3);
  plan.guards = {.promise = false};
  CHECK(finds_violation(plan, few_seeds));
}

TEST_CASE("the check of epochs is needed" * skipped_if_sanitized) {
  Plan plan = late_mail(1, 3);
  plan.guards = {.epoch = false};
  CHECK(finds_violation(plan, few_seeds));
}

TEST_CASE("the comparison before agents swap a topology is needed" * skipped_if_sanitized) {
  Plan plan = late_mail(4, 3);
  plan.compare_and_swap = false;
  CHECK(finds_violation(plan, few_seeds));
}

TEST_CASE("a seed decides everything") {
  const Outcome first = run({.seed = 7});
  const Outcome again = run({.seed = 7});
  CHECK(first.acknowledged == again.acknowledged);
  CHECK(first.acknowledged_by_replica == again.acknowledged_by_replica);
  CHECK(first.epochs == again.epochs);
  CHECK(first.kills == again.kills);
}

// Leases, promises and promotions rest on clocks that nobody sets.
TEST_CASE("wall clocks that jump change nothing: the same happens at the same time") {
  for (const Faults faults : {Faults::mixed, Faults::late_mail}) {
    Plan plan{.seed = test::seed(), .faults = faults, .fault_seconds = 3};
    const Outcome before = run(plan);
    plan.wall_clocks_jump = true;
    CAPTURE(plan.seed);
    CHECK(run(plan) == before);
    CHECK(before.epochs > 1);
  }
}

}  // namespace
}  // namespace cachekit::simulation
