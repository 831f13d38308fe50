#include <doctest/doctest.h>

#include <random>

#include "node/storage/store.h"
#include "tests/support/sanitizers.h"
#include "tests/support/seed.h"
#include "tests/unit/node/storage/constants.h"
#include "tests/unit/node/storage/contents.h"
#include "tests/unit/node/storage/resident_bytes.h"
#include "tests/unit/node/storage/sinks.h"

namespace cachekit::node::storage {
namespace {

constexpr Eviction evict{.kind = EvictionKind::lru};
constexpr Eviction refuse{.kind = EvictionKind::lru, .evicts = false};

struct LimitedStore {
  test::WritingSink sink;
  Store store;

  LimitedStore(std::size_t bytes, Eviction eviction)
      : store({.max_memory_bytes = bytes, .eviction = eviction}, sink) {}

  WriteOutcome set(std::string_view key, std::size_t value_size) {
    return store.set(key, std::string(value_size, 'x'), no_expiry, now);
  }
};

TEST_CASE("the memory that is reported is what the process has in memory") {
  test::NoSink sink;
  auto store = std::make_unique<Store>(StoreOptions{}, sink);
  const std::size_t before = test::resident_bytes();
  std::mt19937_64 random(test::seed());
  for (int i = 0; i < 300'000; ++i) {
    const std::size_t size = i % 1000 == 0 ? 50'000 : random() % 300;
    const UnixMillis expire_at = i % 3 == 0 ? now + 1 + static_cast<UnixMillis>(i) : no_expiry;
    const auto key = "key:" + std::to_string(random() % 200'000);
    REQUIRE(store->set(key, std::string(size, 'v'), expire_at, now) == WriteOutcome::done);
  }
  if (!test::sanitized) {
    const auto resident = static_cast<double>(test::resident_bytes() - before);
    const auto reported = static_cast<double>(store->used_memory_bytes());
    CHECK(reported > 0.98 * resident);
    CHECK(reported < 1.02 * resident);
  }
  store->clear();
  while (store->maintain(now, 1000)) continue;
  CHECK(store->used_memory_bytes() <= 2 * page_bytes);
}

TEST_CASE("without a limit nothing is refused") {
  LimitedStore limited(0, refuse);
  CHECK(limited.store.make_room(now, std::size_t{1} << 50));
  CHECK(limited.set("k", 10 * mebibyte) == WriteOutcome::done);
}

TEST_CASE("without eviction a write that does not fit is refused and changes nothing") {
  LimitedStore limited(mebibyte, refuse);
  REQUIRE(limited.set("a", mebibyte / 2) == WriteOutcome::done);
  limited.sink.take();
  CHECK(limited.set("b", mebibyte / 2) == WriteOutcome::out_of_memory);
  CHECK(limited.set("a", mebibyte) == WriteOutcome::out_of_memory);
  CHECK(limited.sink.take().empty());
  CHECK(limited.store.size() == 1);
  CHECK(limited.store.used_memory_bytes() <= mebibyte);
}

TEST_CASE("a value is replaced by a smaller one however little memory is left") {
  LimitedStore limited(mebibyte, refuse);
  while (limited.set(std::to_string(limited.store.size()), 1000) == WriteOutcome::done) continue;
  CHECK(limited.set("0", 10) == WriteOutcome::done);
}

TEST_CASE("a value that exceeds the limit alone is refused without evicting the others") {
  LimitedStore limited(mebibyte, evict);
  REQUIRE(limited.set("a", 100) == WriteOutcome::done);
  CHECK(limited.set("b", mebibyte) == WriteOutcome::out_of_memory);
  CHECK(limited.set("a", mebibyte) == WriteOutcome::out_of_memory);
  CHECK(limited.store.size() == 1);
}

TEST_CASE("one value may take nearly all memory, and all others go for it") {
  LimitedStore limited(mebibyte, evict);
  for (int i = 0; i < 2000; ++i) REQUIRE(limited.set(std::to_string(i), 400) == WriteOutcome::done);
  CHECK(limited.set("big", mebibyte - 32'768) == WriteOutcome::done);
  CHECK(limited.store.find("big", now, Lookup::inspect));
  CHECK(limited.store.used_memory_bytes() <= mebibyte);
}

TEST_CASE("several keys are set all or none") {
  LimitedStore limited(mebibyte, refuse);
  const std::string value(mebibyte / 3, 'x');
  const KeyValue too_many[] = {{"a", value}, {"b", value}, {"c", value}};
  CHECK(limited.store.set_all(too_many, now) == WriteOutcome::out_of_memory);
  CHECK(limited.store.size() == 0);
  CHECK(limited.store.set_all(std::span(too_many).first(2), now) == WriteOutcome::done);
  CHECK(limited.store.size() == 2);
}

TEST_CASE("a lowered limit is reached in steps, and memory does not grow meanwhile") {
  LimitedStore limited(0, evict);
  for (int i = 0; i < 5000; ++i) REQUIRE(limited.set(std::to_string(i), 400) == WriteOutcome::done);
  const std::size_t before = limited.store.used_memory_bytes();
  limited.store.set_max_memory(mebibyte);
  CHECK(limited.store.size() == 5000);
  CHECK(limited.store.make_room(now));
  CHECK(limited.set("new", 400) == WriteOutcome::done);
  CHECK(limited.store.used_memory_bytes() <= before);
  CHECK(limited.store.maintain(now, 100));
  CHECK(limited.store.size() > 4800);
  while (limited.store.maintain(now, 100)) continue;
  CHECK(limited.store.used_memory_bytes() <= mebibyte);
  CHECK(limited.store.size() > 1500);
}

TEST_CASE("over a lowered limit, without eviction, nothing more is let in") {
  LimitedStore limited(0, refuse);
  REQUIRE(limited.set("a", 10'000) == WriteOutcome::done);
  limited.store.set_max_memory(2 * page_bytes);
  CHECK_FALSE(limited.store.make_room(now));
  CHECK(limited.store.remove("a", now));
  CHECK(limited.store.make_room(now));
}

TEST_CASE("what a clear has left makes room before any key is evicted") {
  LimitedStore limited(mebibyte, evict);
  for (int i = 0; i < 1500; ++i) REQUIRE(limited.set(std::to_string(i), 400) == WriteOutcome::done);
  limited.store.clear();
  for (int i = 0; i < 1500; ++i) REQUIRE(limited.set(std::to_string(i), 400) == WriteOutcome::done);
  CHECK(limited.store.statistics().evicted_keys == 0);
}

}  // namespace
}  // namespace cachekit::node::storage
