#include <doctest/doctest.h>

#include <list>
#include <random>

#include "node/storage/store.h"
#include "tests/support/seed.h"
#include "tests/unit/node/storage/constants.h"
#include "tests/unit/node/storage/contents.h"
#include "tests/unit/node/storage/sinks.h"

namespace cachekit::node::storage {
namespace {

struct LruStore {
  test::WritingSink sink;
  Store store{{.eviction = {.kind = EvictionKind::lru}}, sink};

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

TEST_CASE_FIXTURE(LruStore, "the key that was not used for the longest time goes first") {
  set("a");
  set("b");
  set("c");
  store.find("a", now, Lookup::read);
  CHECK(eviction_order() == "remove b evicted; remove c evicted; remove a evicted");
}

TEST_CASE_FIXTURE(LruStore, "inspecting a key does not count as use") {
  set("a");
  set("b");
  store.find("a", now, Lookup::inspect);
  CHECK(eviction_order() == "remove a evicted; remove b evicted");
}

TEST_CASE_FIXTURE(LruStore, "replacing a value counts as use, in place or not") {
  set("a");
  set("b");
  set("c");
  set("a", "w");
  set("b", std::string(1000, 'x'));
  CHECK(eviction_order() == "remove c evicted; remove a evicted; remove b evicted");
}

TEST_CASE_FIXTURE(LruStore, "expired keys go before live ones") {
  const std::string value(3000, 'x');
  set("live", value);
  REQUIRE(store.set("dead", value, now + 1, now) == WriteOutcome::done);
  store.set_max_memory(store.used_memory_bytes());
  sink.take();
  const UnixMillis later = now + 1000;
  REQUIRE(store.set("more", value, no_expiry, later) == WriteOutcome::done);
  CHECK(store.statistics().expired_keys == 1);
  CHECK(store.statistics().evicted_keys == 0);
}

// The store keeps the last used keys, without a gap, whatever their number.
TEST_CASE("it agrees with a plain list on a random stream") {
  test::NoSink sink;
  Store store({.max_memory_bytes = 32 * page_bytes, .eviction = {.kind = EvictionKind::lru}}, sink);
  std::list<std::string> last_used;
  std::mt19937_64 random(test::seed());
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = std::to_string(1000 + random() % 900);
    const bool hit = store.find(key, now, Lookup::read).has_value();
    const auto place = std::find(last_used.begin(), last_used.end(), key);
    REQUIRE(hit == (place != last_used.end()));
    if (hit) {
      last_used.splice(last_used.begin(), last_used, place);
    } else {
      REQUIRE(store.set(key, std::string(200, 'v'), no_expiry, now) == WriteOutcome::done);
      last_used.push_front(key);
      while (last_used.size() > store.size()) last_used.pop_back();
    }
    REQUIRE(store.size() == last_used.size());
  }
  CHECK(store.statistics().evicted_keys > 1000);
}

}  // namespace
}  // namespace cachekit::node::storage
