// What is known of a node: its breaker, its retry budget, how long it takes.

#include <doctest/doctest.h>

#include <random>

#include "client/io/breaker.h"
#include "client/io/latency.h"
#include "client/io/retry_budget.h"
#include "tests/support/seed.h"

namespace cachekit::io {
namespace {

using namespace std::chrono_literals;

constexpr Time first_time{std::chrono::hours(1)};

void open(Breaker& breaker) {
  for (std::uint32_t i = 0; i < Breaker::failures_to_open; ++i) breaker.note_failure(first_time);
}

TEST_CASE("a breaker opens after failures in a row") {
  Breaker breaker;
  for (std::uint32_t i = 1; i < Breaker::failures_to_open; ++i) breaker.note_failure(first_time);
  breaker.note_answer();
  for (std::uint32_t i = 1; i < Breaker::failures_to_open; ++i) breaker.note_failure(first_time);
  CHECK(breaker.admits(first_time));
  breaker.note_failure(first_time);
  CHECK(breaker.is_open());
  CHECK_FALSE(breaker.admits(first_time));
}

TEST_CASE("an open breaker lets one probe through after each pause, and closes at an answer") {
  Breaker breaker;
  open(breaker);
  const Time first = first_time + Breaker::probe_pause;
  CHECK(breaker.probe_at() == first);
  CHECK_FALSE(breaker.admits(first - 1ms));
  CHECK(breaker.admits(first));
  CHECK_FALSE(breaker.admits(first));
  CHECK_FALSE(breaker.admits(first + Breaker::probe_pause - 1ms));
  breaker.note_failure(first + 30ms);
  CHECK(breaker.admits(first + Breaker::probe_pause));
  breaker.note_answer();
  CHECK_FALSE(breaker.is_open());
  CHECK(breaker.admits(first));
}

TEST_CASE("an open breaker lets a probe through as soon as the node has said anything") {
  Breaker breaker;
  breaker.note_sign_of_life();
  CHECK_FALSE(breaker.is_open());
  open(breaker);
  CHECK_FALSE(breaker.admits(first_time + 1ms));
  breaker.note_sign_of_life();
  CHECK(breaker.is_open());
  CHECK(breaker.admits(first_time + 1ms));
  CHECK_FALSE(breaker.admits(first_time + 1ms));
}

TEST_CASE("a retry budget is a share of the first attempts, and a burst") {
  RetryBudget budget;
  std::int64_t repeated = 0;
  for (int i = 0; i < 10'000; ++i) {
    budget.note_first_attempts(1, 0.08);
    repeated += budget.take(1) ? 1 : 0;
  }
  CHECK(repeated <= 800 + RetryBudget::burst);
  CHECK(repeated > 800);
  CHECK_FALSE(budget.take(1));

  // It does not grow beyond the burst.
  budget.note_first_attempts(1'000'000, 0.08);
  CHECK(budget.take(RetryBudget::burst));
  CHECK_FALSE(budget.take(1));
}

TEST_CASE("a job of many operations may be repeated, and costs all of them") {
  RetryBudget budget;
  CHECK(budget.take(1000));
  CHECK_FALSE(budget.take(1));
  std::int64_t repeated = 1000;
  for (int i = 0; i < 1000; ++i) {
    budget.note_first_attempts(1000, 0.08);
    repeated += budget.take(1000) ? 1000 : 0;
  }
  CHECK(repeated <= 80'000 + 1000);
  CHECK(repeated >= 70'000);
}

TEST_CASE("without a share nothing but the first burst is repeated") {
  RetryBudget budget;
  CHECK(budget.take(RetryBudget::burst));
  budget.note_first_attempts(1'000'000, 0);
  CHECK_FALSE(budget.take(1));
}

TEST_CASE("median and 95th percentile follow what is noted") {
  std::mt19937_64 random(cachekit::test::seed());
  Latency latency;
  CHECK(latency.median() == Duration::zero());
  std::uniform_int_distribution<int> uniform(100, 1100);
  for (int i = 0; i < 5000; ++i) latency.note(std::chrono::microseconds(uniform(random)));
  CHECK(latency.median() > 450us);
  CHECK(latency.median() < 750us);
  CHECK(latency.p95() > 950us);
  CHECK(latency.p95() < 1150us);
  for (int i = 0; i < 5000; ++i) latency.note(100us);
  CHECK(latency.median() < 120us);
  CHECK(latency.p95() < 150us);
  for (int i = 0; i < 500; ++i) latency.note(5ms);
  CHECK(latency.median() > 4ms);
}

}  // namespace
}  // namespace cachekit::io
