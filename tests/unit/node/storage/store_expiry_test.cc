#include <doctest/doctest.h>

#include "node/storage/store.h"
#include "tests/unit/node/storage/constants.h"
#include "tests/unit/node/storage/sinks.h"

namespace cachekit::node::storage {
namespace {

struct ExpiringStore {
  test::WritingSink sink;
  Store store{{}, sink};

  void set(std::string_view key, UnixMillis expire_at) {
    REQUIRE(store.set(key, "v", expire_at, now) == WriteOutcome::done);
  }
  bool holds(std::string_view key, UnixMillis at) {
    return store.find(key, at, Lookup::inspect).has_value();
  }
};

TEST_CASE_FIXTURE(ExpiringStore, "a key is there until its expiry and not at it") {
  set("k", now + 10);
  CHECK(holds("k", now + 9));
  CHECK_FALSE(holds("k", now + 10));
}

TEST_CASE_FIXTURE(ExpiringStore, "whoever meets an expired key removes it") {
  set("k", now + 10);
  sink.take();
  CHECK_FALSE(holds("k", now + 10));
  CHECK(sink.take() == "remove k expired");
  CHECK(store.size() == 0);
  CHECK(store.statistics().expired_keys == 1);
}

TEST_CASE_FIXTURE(ExpiringStore,
                  "an expired key cannot be removed, renamed onto or given a new expiry") {
  set("k", now + 10);
  CHECK_FALSE(store.expire("k", now + 50, now + 10));
  set("k", now + 10);
  CHECK_FALSE(store.remove("k", now + 10));
}

TEST_CASE_FIXTURE(ExpiringStore, "setting without an expiry takes it away") {
  set("k", now + 10);
  set("k", no_expiry);
  CHECK(store.size_with_expiry() == 0);
  CHECK(holds("k", now + 10));
}

TEST_CASE_FIXTURE(ExpiringStore, "an expiry in the past removes the key") {
  set("a", no_expiry);
  set("b", no_expiry);
  sink.take();
  set("a", now);
  CHECK(store.expire("b", now - 1, now));
  CHECK(sink.take() == "remove a; remove b");
  CHECK(store.size() == 0);
}

TEST_CASE_FIXTURE(ExpiringStore, "setting a new key with an expiry in the past does nothing") {
  set("k", now - 5);
  CHECK(store.size() == 0);
  CHECK(sink.take().empty());
}

TEST_CASE_FIXTURE(ExpiringStore, "expired keys go without being touched, within a tick") {
  constexpr UnixMillis tick = ExpiryClock::tick_ms;
  set("a", now + 10);
  set("b", now + 20);
  set("c", now + 30);
  set("d", now + 3 * tick);
  sink.take();
  while (store.maintain(now + 30 + tick, 100)) continue;
  CHECK(store.statistics().expired_keys == 3);
  CHECK(store.size() == 1);
  while (store.maintain(now + 4 * tick, 100)) continue;
  CHECK(sink.take().ends_with("remove d expired"));
}

TEST_CASE_FIXTURE(ExpiringStore,
                  "maintenance takes about the steps it is given and says what is left") {
  for (int i = 0; i < 1000; ++i) set(std::to_string(i), now + 1);
  CHECK(store.maintain(now + 100, 60));
  CHECK(store.size() > 800);
  while (store.maintain(now + 100, 60)) continue;
  CHECK(store.size() == 0);
}

TEST_CASE_FIXTURE(ExpiringStore, "expiries far ahead and far behind are kept to the millisecond") {
  constexpr UnixMillis day = 24 * 3600 * 1000;
  for (const UnixMillis ahead : {UnixMillis{1}, 49 * day, 50 * day, 4000 * day}) {
    CAPTURE(ahead);
    set("k", now + ahead);
    CHECK(store.find("k", now, Lookup::inspect)->expire_at == now + ahead);
    CHECK(holds("k", now + ahead - 1));
    CHECK_FALSE(holds("k", now + ahead));
  }
}

TEST_CASE_FIXTURE(ExpiringStore, "a clock that leaps ahead by years brings no dead key back") {
  set("k", now + 10);
  constexpr UnixMillis years = UnixMillis{4} * 365 * 24 * 3600 * 1000;
  CHECK_FALSE(holds("k", now + years));
  set("l", now + 10);
  while (store.maintain(now + years, 100)) continue;
  CHECK(store.size() == 0);
}

TEST_CASE_FIXTURE(ExpiringStore,
                  "a clock that is set back loses no key and stalls no maintenance") {
  set("k", now + 1000);
  while (store.maintain(now + 500, 100)) continue;
  constexpr UnixMillis day = 24 * 3600 * 1000;
  REQUIRE(store.set("early", "v", now - day + 10, now - day) == WriteOutcome::done);
  CHECK_FALSE(store.maintain(now - day, 100));
  CHECK(store.find("early", now - day, Lookup::read)->expire_at == now - day + 10);
  CHECK(holds("k", now - day));
  while (store.maintain(now + 2000, 100)) continue;
  CHECK(store.size() == 0);
}

TEST_CASE_FIXTURE(ExpiringStore, "a walk passes over expired keys") {
  set("k", now + 10);
  int visited = 0;
  const auto count = [&](const EntryView&) { ++visited; };
  constexpr std::size_t all = 1000;
  CHECK(store.walk(0, all, now + 9, count) == 0);
  CHECK(store.walk(0, all, now + 10, count) == 0);
  CHECK(visited == 1);
}

TEST_CASE_FIXTURE(ExpiringStore, "a store that follows keeps an expired key, and replaces it") {
  set("k", now + 10);
  store.set_follows(true);
  sink.take();
  CHECK_FALSE(holds("k", now + 10));
  CHECK(store.size() == 1);
  REQUIRE(store.set("k", "new", no_expiry, now + 10) == WriteOutcome::done);
  CHECK(store.size() == 1);
  CHECK(sink.take() == "set k new");
  CHECK(store.find("k", now + 10, Lookup::inspect)->value == "new");
  CHECK(store.remove("k", now + 10));
  CHECK(store.size() == 0);
}

}  // namespace
}  // namespace cachekit::node::storage
