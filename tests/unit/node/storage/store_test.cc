#include "node/storage/store.h"

#include <doctest/doctest.h>

#include "tests/unit/node/storage/constants.h"
#include "tests/unit/node/storage/contents.h"
#include "tests/unit/node/storage/sinks.h"

namespace cachekit::node::storage {
namespace {

struct Fixture {
  test::WritingSink sink;
  Store store{{.seed = 1}, sink};

  void set(std::string_view key, std::string_view value, UnixMillis expire_at = no_expiry) {
    REQUIRE(store.set(key, value, expire_at, now) == WriteOutcome::done);
  }
  std::string get(std::string_view key, UnixMillis at = now) {
    const auto found = store.find(key, at, Lookup::read);
    return found ? std::string(found->value) : "(none)";
  }
};

TEST_CASE_FIXTURE(Fixture, "a key that was set is found, any other is not") {
  set("k", "v");
  CHECK(get("k") == "v");
  CHECK(get("K") == "(none)");
  CHECK(store.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "setting again replaces the value, whatever its length") {
  for (const std::size_t size : {3U, 4U, 400U, 40'000U, 50'000U, 0U, 10U}) {
    const std::string value(size, 'x');
    set("k", value);
    CHECK(get("k") == value);
    CHECK(store.size() == 1);
  }
}

TEST_CASE_FIXTURE(Fixture, "keys and values may hold any byte, or none") {
  const std::string zeros("\0\r\n\0", 4);
  set(zeros, zeros);
  set("", "");
  CHECK(get(zeros) == zeros);
  CHECK(get("").empty());
}

TEST_CASE_FIXTURE(Fixture, "a removed key is gone, and removing it again says so") {
  set("k", "v");
  CHECK(store.remove("k", now));
  CHECK_FALSE(store.remove("k", now));
  CHECK(get("k") == "(none)");
}

TEST_CASE_FIXTURE(Fixture,
                  "a pinned large value stays as it was over a replacement and a removal") {
  const std::string old_value(large_value_bytes, 'a');
  set("k", old_value);
  const auto pinned = store.find("k", now, Lookup::read);
  REQUIRE(pinned);
  const Blob pin = pinned->pin();
  REQUIRE(pin);
  set("k", std::string(large_value_bytes, 'b'));
  CHECK(store.remove("k", now));
  CHECK(pin.bytes() == old_value);
}

TEST_CASE_FIXTURE(Fixture, "a small value is not pinned") {
  set("k", std::string(large_value_bytes - 1, 'a'));
  CHECK_FALSE(store.find("k", now, Lookup::read)->pin());
}

TEST_CASE_FIXTURE(Fixture, "a rename takes value and expiry along and replaces the destination") {
  set("from", "v", now + 5);
  set("to", "old");
  CHECK(store.rename("from", "to", now) == WriteOutcome::done);
  CHECK(test::contents_of(store) == test::Contents{{"to", {"v", now + 5}}});
  CHECK(store.size_with_expiry() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a rename shares a large value instead of copying it") {
  set("from", std::string(large_value_bytes, 'a'));
  const char* const bytes = store.find("from", now, Lookup::read)->value.data();
  CHECK(store.rename("from", "to", now) == WriteOutcome::done);
  CHECK(store.find("to", now, Lookup::read)->value.data() == bytes);
}

TEST_CASE_FIXTURE(Fixture, "a rename to itself changes nothing") {
  set("k", "v");
  sink.take();
  CHECK(store.rename("k", "k", now) == WriteOutcome::done);
  CHECK(get("k") == "v");
  CHECK(sink.take().empty());
}

TEST_CASE_FIXTURE(Fixture, "clear removes every key at once and gives the memory back in steps") {
  const std::size_t empty_bytes = store.used_memory_bytes();
  for (int i = 0; i < 100'000; ++i) set(std::to_string(i), "v", now + 1000);
  const std::size_t full_bytes = store.used_memory_bytes();
  store.clear();
  CHECK(store.size() == 0);
  CHECK(store.size_with_expiry() == 0);
  CHECK(get("17") == "(none)");
  CHECK(store.used_memory_bytes() > full_bytes / 4);
  while (store.maintain(now, 100)) continue;
  CHECK(store.used_memory_bytes() <= empty_bytes + page_bytes);
}

TEST_CASE_FIXTURE(Fixture, "clears one after the other do not pile up memory") {
  const std::size_t empty_bytes = store.used_memory_bytes();
  for (int i = 0; i < 1000; ++i) {
    set("k", "v", now + 1000);
    store.clear();
  }
  CHECK(store.used_memory_bytes() <= empty_bytes + page_bytes);
}

TEST_CASE_FIXTURE(Fixture, "lookups count hits and misses, those of writing commands do not") {
  set("k", "v");
  store.find("k", now, Lookup::read);
  store.find("k", now, Lookup::inspect);
  store.find("k", now, Lookup::write);
  store.find("none", now, Lookup::read);
  store.find("none", now, Lookup::write);
  CHECK(store.statistics().keyspace_hits == 2);
  CHECK(store.statistics().keyspace_misses == 1);
  store.reset_statistics();
  CHECK(store.statistics().keyspace_hits == 0);
}

TEST_CASE_FIXTURE(Fixture, "random keys are drawn from all keys, the same for the same seed") {
  Store twin({.seed = 1}, sink);
  for (int i = 0; i < 10; ++i) {
    set(std::to_string(i), "v");
    REQUIRE(twin.set(std::to_string(i), "v", no_expiry, now) == WriteOutcome::done);
  }
  std::map<std::string, int> drawn;
  for (int i = 0; i < 1000; ++i) {
    const std::string key(*store.random_key(now));
    CHECK(key == twin.random_key(now));
    ++drawn[key];
  }
  CHECK(drawn.size() == 10);
}

TEST_CASE_FIXTURE(Fixture, "an empty store has no random key") {
  CHECK_FALSE(store.random_key(now));
  set("k", "v", now + 1);
  CHECK_FALSE(store.random_key(now + 1));
}

TEST_CASE_FIXTURE(Fixture, "every change tells the sink") {
  set("a", "1");
  CHECK(sink.take() == "set a 1");
  set("a", "2", now + 9);
  CHECK(sink.take() == "set a 2 @1000009");
  store.expire("a", no_expiry, now);
  CHECK(sink.take() == "expire a");
  store.expire("a", now + 7, now);
  CHECK(sink.take() == "expire a @1000007");
  CHECK(store.rename("a", "b", now) == WriteOutcome::done);
  CHECK(sink.take() == "(; remove a; set b 2 @1000007; )");
  store.remove("b", now);
  CHECK(sink.take() == "remove b");
  const KeyValue pairs[] = {{"x", "1"}, {"y", "2"}};
  CHECK(store.set_all(pairs, now) == WriteOutcome::done);
  CHECK(sink.take() == "(; set x 1; set y 2; )");
  store.clear();
  CHECK(sink.take() == "clear");
}

TEST_CASE_FIXTURE(Fixture, "what changes nothing tells nothing") {
  store.remove("none", now);
  store.expire("none", now + 1, now);
  set("k", "v", now + 5);
  sink.take();
  store.expire("k", now + 5, now);
  store.find("k", now, Lookup::read);
  CHECK(sink.take().empty());
}

TEST_CASE_FIXTURE(Fixture, "effects that are applied are passed on, and neither expire nor evict") {
  store.apply({.kind = Effect::Kind::set, .key = "k", .value = "v", .expire_at = 5});
  CHECK(sink.take() == "set k v @5");
  CHECK(test::contents_of(store) == test::Contents{{"k", {"v", 5}}});
  store.apply({.kind = Effect::Kind::expire, .key = "k", .value = {}, .expire_at = 6});
  CHECK(test::contents_of(store) == test::Contents{{"k", {"v", 6}}});
  store.apply({.kind = Effect::Kind::remove, .key = "k", .value = {}});
  CHECK(store.size() == 0);
}

}  // namespace
}  // namespace cachekit::node::storage
