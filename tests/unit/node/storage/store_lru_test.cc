#include <doctest/doctest.h>

#include <list>
#include <random>

#include "node/storage/store.h"
#include "tests/support/seed.h"
#include "tests/unit/node/storage/contents.h"
#include "tests/unit/node/storage/sinks.h"

namespace cachekit::node::storage {
namespace {

constexpr UnixMillis now = 1'000'000;

struct Fixture {
  test::WritingSink sink;
  Store store{{.eviction = EvictionPolicy::allkeys_lru}, sink};

  void set(std::string_view key, std::string_view value = "v") {
    REQUIRE(store.set(key, value, no_expiry, now) == WriteOutcome::done);
  }

  // The order in which keys are evicted when no memory is left for any.
  std::string eviction_order() {
    sink.take();
    store.set_max_memory(1);
    while (store.maintain(now, 100)) continue;
    return sink.take();
  }
};

TEST_CASE_FIXTURE(Fixture, "the key that was not used for the longest time goes first") {
  set("a");
  set("b");
  set("c");
  store.find("a", now, Lookup::read);
  CHECK(eviction_order() == "remove b evicted; remove c evicted; remove a evicted");
}

TEST_CASE_FIXTURE(Fixture, "inspecting a key does not count as use") {
  set("a");
  set("b");
  store.find("a", now, Lookup::inspect);
  CHECK(eviction_order() == "remove a evicted; remove b evicted");
}

TEST_CASE_FIXTURE(Fixture, "replacing a value counts as use, in place or not") {
  set("a");
  set("b");
  set("c");
  set("a", "w");
  set("b", std::string(1000, 'x'));
  CHECK(eviction_order() == "remove c evicted; remove a evicted; remove b evicted");
}

TEST_CASE_FIXTURE(Fixture, "expired keys go before live ones") {
  set("live");
  REQUIRE(store.set("dead", "v", now + 1, now) == WriteOutcome::done);
  store.set_max_memory(store.used_memory_bytes() + 32);
  sink.take();
  REQUIRE(store.set("more", "v", no_expiry, now + 1) == WriteOutcome::done);
  CHECK(sink.take() == "remove dead expired; set more v");
}

// At a limit that is known in keys, the store keeps what a list of the last used ones keeps.
TEST_CASE("it agrees with a plain list on a random stream") {
  constexpr std::size_t capacity = 100;
  test::NoSink sink;
  Store store({.eviction = EvictionPolicy::allkeys_lru}, sink);
  std::list<std::string> last_used;
  std::mt19937_64 random(test::seed());
  for (std::size_t i = 0; i < capacity; ++i) {
    const std::string key = std::to_string(1000 + i);
    REQUIRE(store.set(key, "v", no_expiry, now) == WriteOutcome::done);
    last_used.push_front(key);
  }
  constexpr std::size_t slack_bytes = 32;  // less than an entry
  store.set_max_memory(store.used_memory_bytes() + slack_bytes);
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = std::to_string(1000 + random() % 300);
    const bool hit = store.find(key, now, Lookup::read).has_value();
    const auto place = std::find(last_used.begin(), last_used.end(), key);
    REQUIRE(hit == (place != last_used.end()));
    if (hit) {
      last_used.splice(last_used.begin(), last_used, place);
    } else {
      REQUIRE(store.set(key, "v", no_expiry, now) == WriteOutcome::done);
      last_used.push_front(key);
      if (last_used.size() > capacity) last_used.pop_back();
    }
    REQUIRE(store.size() == last_used.size());
  }
}

}  // namespace
}  // namespace cachekit::node::storage
