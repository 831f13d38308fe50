#include "client/api/budget.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace cachekit::api {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a budget counts operations and bytes") {
  Budget budget(3, 100);
  CHECK(budget.try_take(40));
  CHECK(budget.try_take(60));
  CHECK_FALSE(budget.try_take(1));
  CHECK(budget.try_take(0));
  CHECK_FALSE(budget.try_take(0));
  budget.give(60);
  CHECK(budget.try_take(60));
}

TEST_CASE("what is larger than the budget is let in alone") {
  Budget budget(3, 100);
  CHECK(budget.try_take(1));
  CHECK_FALSE(budget.try_take(1000));
  budget.give(1);
  CHECK(budget.try_take(1000));
  CHECK_FALSE(budget.try_take(1));
  budget.give(1000);
  CHECK(budget.try_take(100));
}

TEST_CASE("threads wait for a budget, within their time, and never take more") {
  Budget budget(2, 1000);
  std::atomic<int> holders{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        if (!budget.take_until(10, io::Clock::now() + 30s)) continue;
        const int now = ++holders;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        --holders;
        budget.give(10);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(most <= 2);
  CHECK(most > 0);
  CHECK(budget.try_take(1000));
  CHECK_FALSE(budget.take_until(1, io::Clock::now() + 5ms));
}

}  // namespace
}  // namespace cachekit::api
