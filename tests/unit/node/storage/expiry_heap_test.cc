#include "node/storage/expiry_heap.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "tests/support/seed.h"

namespace cachekit::node::storage {
namespace {

struct Fixture {
  ExpiryHeap heap;
  std::vector<Entry*> entries;

  explicit Fixture(int count = 0) {
    for (int i = 0; i < count; ++i) entries.push_back(create_entry("k", 0, {"v"}));
  }
  ~Fixture() {
    for (Entry* entry : entries) destroy_entry(entry);
  }
};

TEST_CASE("an empty heap has no earliest entry") { CHECK(ExpiryHeap().earliest() == nullptr); }

TEST_CASE("the earliest entry is found after any changes") {
  Fixture fixture(300);
  std::mt19937_64 random(test::seed());
  for (int i = 0; i < 20'000; ++i) {
    Entry* const entry = fixture.entries[random() % fixture.entries.size()];
    const bool never = random() % 3 == 0;
    fixture.heap.set(entry, never ? no_expiry : static_cast<UnixMillis>(random() % 1000));

    std::size_t expiring = 0;
    UnixMillis earliest = no_expiry;
    for (const Entry* each : fixture.entries) {
      if (each->expire_at == no_expiry) continue;
      ++expiring;
      if (earliest == no_expiry || each->expire_at < earliest) earliest = each->expire_at;
    }
    REQUIRE(fixture.heap.size() == expiring);
    if (expiring > 0) REQUIRE(fixture.heap.earliest()->expire_at == earliest);
  }
}

TEST_CASE("a replacing entry takes over the place of the old one") {
  Fixture fixture(3);
  fixture.heap.set(fixture.entries[0], 10);
  fixture.heap.set(fixture.entries[1], 20);
  fixture.heap.replace(fixture.entries[0], fixture.entries[2]);
  CHECK(fixture.heap.earliest() == fixture.entries[2]);
  CHECK(fixture.entries[2]->expire_at == 10);
  CHECK(fixture.heap.size() == 2);
}

}  // namespace
}  // namespace cachekit::node::storage
