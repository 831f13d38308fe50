#include "node/storage/eviction/deadline_wheel.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/seed.h"
#include "tests/unit/node/storage/eviction/wheel_model.h"

namespace cachekit::test {
namespace {

using namespace node::storage;

class Entries {
 public:
  Handle add() {
    const Handle handle = slots.allocate(16);
    entry_at(slots, handle).write({.key = "key"}, {});
    return handle;
  }

  Slots slots;
};

TEST_CASE("wheel: an empty one has nothing due") {
  Entries entries;
  DeadlineWheel wheel(entries.slots, 1);
  CHECK(wheel.due() == no_handle);
  CHECK(wheel.now() == 0);
}

TEST_CASE("wheel: a deadline is met to an eighth of its distance") {
  for (const std::uint64_t distance : {1U, 7U, 8U, 15U, 100U, 1000U, 123456789U}) {
    Entries entries;
    DeadlineWheel wheel(entries.slots, 1);
    wheel.place(entries.add(), distance);
    wheel.due();
    CHECK(8 * wheel.now() <= 9 * distance);
    CHECK(8 * wheel.now() >= 7 * distance);
  }
}

TEST_CASE("wheel: distances beyond the longest are the longest") {
  Entries entries;
  DeadlineWheel wheel(entries.slots, 1);
  wheel.place(entries.add(), ~std::uint64_t{0});
  wheel.due();
  CHECK(wheel.now() == DeadlineWheel::longest_distance);
}

TEST_CASE("wheel: in one queue the first in is the first out") {
  Entries entries;
  DeadlineWheel wheel(entries.slots, 1);
  const Handle first = entries.add();
  const Handle second = entries.add();
  wheel.place(first, 5);
  wheel.place(second, 5);
  CHECK(wheel.due() == first);
  Queue::remove(entries.slots, first);
  CHECK(wheel.due() == second);
}

TEST_CASE("wheel: time stands still where nothing is due") {
  Entries entries;
  DeadlineWheel wheel(entries.slots, 1);
  const Handle handle = entries.add();
  wheel.place(handle, 500);
  Queue::remove(entries.slots, handle);
  CHECK(wheel.due() == no_handle);
  CHECK(wheel.now() == 0);
}

TEST_CASE("wheel: the order is that of a sorted map") {
  Entries entries;
  DeadlineWheel wheel(entries.slots, 1);
  WheelModel model;
  std::mt19937_64 random(seed());
  std::vector<Handle> handles;
  for (Number number = 0; number < 64; ++number) handles.push_back(entries.add());
  const auto distance = [&] { return random() >> (34 + random() % 30); };
  for (Number number = 0; number < 64; ++number) {
    const auto far = distance();
    wheel.place(handles[number], far);
    model.place(number, far);
  }
  for (int step = 0; step < 20000; ++step) {
    // One that is due, or any.
    const Number number = random() % 4 != 0 ? *model.due() : random() % 64;
    if (random() % 4 == 0) REQUIRE(wheel.due() == handles[*model.due()]);
    Queue::remove(entries.slots, handles[number]);
    model.remove(number);
    const auto far = distance();
    REQUIRE(wheel.due() == handles[*model.due()]);
    REQUIRE(wheel.now() == model.now());
    wheel.place(handles[number], far);
    model.place(number, far);
  }
}

}  // namespace
}  // namespace cachekit::test
