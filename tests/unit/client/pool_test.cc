#include "client/io/pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

namespace cachekit::io {
namespace {

using namespace std::chrono_literals;
using IntPool = cachekit::io::Pool<int>;

constexpr Time long_ago{};

/// Takes a place, puts `thing` into it and gives it back.
void fill(IntPool& pool, int thing, Time when = long_ago) {
  auto place = pool.try_take();
  REQUIRE(place.has_value());
  (void)place->take();
  place->keep(std::make_unique<int>(thing), when);
}

TEST_CASE("a fresh pool gives empty places, up to its limit") {
  IntPool pool(2);
  auto first = pool.try_take();
  auto second = pool.try_take();
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(first->take() == nullptr);
  CHECK(!pool.try_take().has_value());
  first.reset();
  CHECK(pool.try_take().has_value());
}

TEST_CASE("what was kept is found again, with the time it was kept") {
  IntPool pool(1);
  fill(pool, 7, long_ago + 5s);
  auto place = pool.try_take();
  REQUIRE(place.has_value());
  CHECK(place->idle_since() == long_ago + 5s);
  CHECK(*place->take() == 7);
}

TEST_CASE("the last used comes first") {
  IntPool pool(3);
  {
    auto first = pool.try_take();
    auto second = pool.try_take();
    first->keep(std::make_unique<int>(1), long_ago);
    second->keep(std::make_unique<int>(2), long_ago);
  }
  CHECK(*pool.try_take()->take() == 2);
}

TEST_CASE("a thread gets its own back, unless another was used later by far") {
  IntPool pool(3);
  auto mine = pool.try_take();
  auto others = pool.try_take();
  const auto in_between = [&](std::chrono::microseconds pause) {
    mine->keep(std::make_unique<int>(1), long_ago);
    std::thread([&] { others->keep(std::make_unique<int>(2), long_ago + pause); }).join();
    return *pool.try_take()->take();
  };
  SUBCASE("just as lately") { CHECK(in_between(500us) == 1); }
  SUBCASE("later") { CHECK(in_between(5ms) == 2); }
}

TEST_CASE("a thing that is not given back leaves an empty place") {
  IntPool pool(1);
  fill(pool, 1);
  (void)pool.try_take()->take();
  auto place = pool.try_take();
  REQUIRE(place.has_value());
  CHECK(place->take() == nullptr);
}

TEST_CASE("waiting ends at the deadline or when a place is free") {
  IntPool pool(1);
  auto place = pool.take_until(Clock::now());
  CHECK(place.has_value());
  CHECK_FALSE(pool.take_until(Clock::now()).has_value());
  std::thread holder([&] { place.reset(); });
  CHECK(pool.take_until(Clock::now() + 1min).has_value());
  holder.join();
  CHECK(pool.waiting() == 0);
  CHECK(pool.try_take().has_value());
}

TEST_CASE("who waits gets the next place with what is kept in it, before those that come later") {
  IntPool pool(1);
  auto place = pool.try_take();
  std::thread waiter([&] {
    auto taken = pool.take_until(Clock::now() + 1min);
    REQUIRE(taken.has_value());
    CHECK(*taken->take() == 7);
    CHECK(taken->idle_since() == long_ago + 5s);
    while (pool.waiting() == 0) std::this_thread::yield();
  });
  while (pool.waiting() == 0) std::this_thread::yield();
  place->keep(std::make_unique<int>(7), long_ago + 5s);
  CHECK_FALSE(pool.try_take().has_value());
  CHECK(pool.take_until(Clock::now() + 1min).has_value());
  waiter.join();
}

TEST_CASE("many threads never hold more than the limit, and all get their turn") {
  IntPool pool(3);
  std::atomic<int> holding{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int done = 0; done < 500;) {
        auto place = pool.take_until(Clock::now() + 1min);
        if (!place) continue;
        const int now = ++holding;
        int seen = most.load();
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        auto thing = place->take();
        --holding;
        place->keep(thing ? std::move(thing) : std::make_unique<int>(0), long_ago);
        ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(most <= 3);
  CHECK(holding == 0);
}

}  // namespace
}  // namespace cachekit::io
