#include <doctest/doctest.h>
#include <malloc.h>

#include <random>

#include "node/storage/store.h"
#include "tests/support/seed.h"
#include "tests/unit/node/storage/contents.h"
#include "tests/unit/node/storage/sinks.h"

namespace cachekit::node::storage {
namespace {

constexpr UnixMillis now = 1'000'000;
constexpr std::size_t mebibyte = std::size_t{1} << 20;

// What the process has allocated; 0 where the allocator is not glibc's, as under sanitizers.
std::size_t allocated_bytes() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

struct LimitedStore {
  test::WritingSink sink;
  Store store;

  LimitedStore(std::size_t bytes, EvictionPolicy eviction)
      : store({.max_memory_bytes = bytes, .eviction = eviction}, sink) {}

  WriteOutcome set(std::string_view key, std::size_t value_size) {
    return store.set(key, std::string(value_size, 'x'), no_expiry, now);
  }
};

TEST_CASE("the memory that is reported is what the allocator gave") {
  const std::size_t before = allocated_bytes();
  test::NoSink sink;
  auto store = std::make_unique<Store>(StoreOptions{}, sink);
  std::mt19937_64 random(test::seed());
  for (int i = 0; i < 300'000; ++i) {
    const std::size_t size = i % 1000 == 0 ? 50'000 : random() % 300;
    const UnixMillis expire_at = i % 3 == 0 ? now + 1 + static_cast<UnixMillis>(i) : no_expiry;
    const auto key = "key:" + std::to_string(random() % 200'000);
    REQUIRE(store->set(key, std::string(size, 'v'), expire_at, now) == WriteOutcome::done);
  }
  const auto allocated = static_cast<double>(allocated_bytes() - before);
  const auto reported = static_cast<double>(store->used_memory_bytes());
  if (allocated > 0) {
    CHECK(reported > 0.98 * allocated);
    CHECK(reported < 1.02 * allocated);
  }
  store->clear();
  while (store->maintain(now, 1000)) continue;
  CHECK(store->used_memory_bytes() < 16'384);
}

TEST_CASE("without a limit nothing is refused") {
  LimitedStore limited(0, EvictionPolicy::noeviction);
  CHECK(limited.store.make_room(now, std::size_t{1} << 50));
  CHECK(limited.set("k", 10 * mebibyte) == WriteOutcome::done);
}

TEST_CASE("without eviction a write that does not fit is refused and changes nothing") {
  LimitedStore limited(mebibyte, EvictionPolicy::noeviction);
  REQUIRE(limited.set("a", mebibyte / 2) == WriteOutcome::done);
  limited.sink.take();
  CHECK(limited.set("b", mebibyte / 2) == WriteOutcome::out_of_memory);
  CHECK(limited.set("a", mebibyte) == WriteOutcome::out_of_memory);
  CHECK(limited.sink.take().empty());
  CHECK(limited.store.size() == 1);
  CHECK(limited.store.used_memory_bytes() <= mebibyte);
}

TEST_CASE("a value is replaced by a smaller one however little memory is left") {
  LimitedStore limited(mebibyte, EvictionPolicy::noeviction);
  while (limited.set(std::to_string(limited.store.size()), 1000) == WriteOutcome::done) continue;
  CHECK(limited.set("0", 10) == WriteOutcome::done);
}

TEST_CASE("a value that exceeds the limit alone is refused without evicting the others") {
  LimitedStore limited(mebibyte, EvictionPolicy::allkeys_lru);
  REQUIRE(limited.set("a", 100) == WriteOutcome::done);
  CHECK(limited.set("b", mebibyte) == WriteOutcome::out_of_memory);
  CHECK(limited.set("a", mebibyte) == WriteOutcome::out_of_memory);
  CHECK(limited.store.size() == 1);
}

TEST_CASE("one value may take nearly all memory, and all others go for it") {
  LimitedStore limited(mebibyte, EvictionPolicy::allkeys_lru);
  for (int i = 0; i < 2000; ++i) REQUIRE(limited.set(std::to_string(i), 400) == WriteOutcome::done);
  CHECK(limited.set("big", mebibyte - 16'384) == WriteOutcome::done);
  CHECK(limited.store.find("big", now, Lookup::inspect));
  CHECK(limited.store.used_memory_bytes() <= mebibyte);
}

TEST_CASE("several keys are set all or none") {
  LimitedStore limited(mebibyte, EvictionPolicy::noeviction);
  const std::string value(mebibyte / 3, 'x');
  const KeyValue too_many[] = {{"a", value}, {"b", value}, {"c", value}};
  CHECK(limited.store.set_all(too_many, now) == WriteOutcome::out_of_memory);
  CHECK(limited.store.size() == 0);
  CHECK(limited.store.set_all(std::span(too_many).first(2), now) == WriteOutcome::done);
  CHECK(limited.store.size() == 2);
}

TEST_CASE("a rename that needs more memory than there is leaves everything as it was") {
  LimitedStore limited(mebibyte, EvictionPolicy::noeviction);
  REQUIRE(limited.store.set("k", std::string(1000, 'x'), now + 9, now) == WriteOutcome::done);
  const auto contents = test::contents_of(limited.store);
  const std::string long_key(mebibyte, 'k');
  CHECK(limited.store.rename("k", long_key, now) == WriteOutcome::out_of_memory);
  CHECK(test::contents_of(limited.store) == contents);
}

TEST_CASE("the limit holds after every write of a random stream") {
  for (const auto eviction : {EvictionPolicy::noeviction, EvictionPolicy::allkeys_lru}) {
    LimitedStore limited(mebibyte, eviction);
    std::mt19937_64 random(test::seed());
    for (int i = 0; i < 30'000; ++i) {
      const auto key = std::to_string(random() % 5000);
      const std::size_t size = random() % 100 == 0 ? random() % (mebibyte / 2) : random() % 500;
      const UnixMillis time = now + i;
      const UnixMillis expire_at = random() % 2 == 0 ? no_expiry : time + 1000;
      const auto outcome = limited.store.set(key, std::string(size, 'x'), expire_at, time);
      REQUIRE(limited.store.used_memory_bytes() <= mebibyte);
      if (outcome == WriteOutcome::done) {
        REQUIRE(limited.store.find(key, time, Lookup::inspect).has_value());
      } else {
        REQUIRE(eviction == EvictionPolicy::noeviction);
      }
    }
  }
}

TEST_CASE("a lowered limit is reached in steps, and memory does not grow meanwhile") {
  LimitedStore limited(0, EvictionPolicy::allkeys_lru);
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
  LimitedStore limited(0, EvictionPolicy::noeviction);
  REQUIRE(limited.set("a", 10'000) == WriteOutcome::done);
  limited.store.set_max_memory(5'000);
  CHECK_FALSE(limited.store.make_room(now));
  CHECK(limited.store.remove("a", now));
  CHECK(limited.store.make_room(now));
}

TEST_CASE("what a clear has left makes room before any key is evicted") {
  LimitedStore limited(mebibyte, EvictionPolicy::allkeys_lru);
  for (int i = 0; i < 1500; ++i) REQUIRE(limited.set(std::to_string(i), 400) == WriteOutcome::done);
  limited.store.clear();
  for (int i = 0; i < 1500; ++i) REQUIRE(limited.set(std::to_string(i), 400) == WriteOutcome::done);
  CHECK(limited.store.statistics().evicted_keys == 0);
}

}  // namespace
}  // namespace cachekit::node::storage
