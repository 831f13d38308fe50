#include "node/storage/eviction/ghost_table.h"

#include <doctest/doctest.h>

#include "tests/unit/node/storage/eviction/race.h"

namespace cachekit::test {
namespace {

using node::storage::GhostTable;

// Adds ghosts of numbers [from, to).
void add_all(GhostTable& ghosts, Number from, Number to, std::size_t entries) {
  for (Number number = from; number < to; ++number) ghosts.add(hash_of(number), 3, entries);
}

std::size_t count_found(GhostTable& ghosts, Number from, Number to) {
  std::size_t found = 0;
  for (Number number = from; number < to; ++number) {
    if (ghosts.take(hash_of(number))) ++found;
  }
  return found;
}

TEST_CASE("ghosts: one is found once, with its frequency") {
  GhostTable ghosts;
  ghosts.add(hash_of(1), 7, 1000);
  const auto ghost = ghosts.take(hash_of(1));
  REQUIRE(ghost);
  CHECK(ghost->frequency == 7);
  CHECK(ghost->rank == 0);
  CHECK_FALSE(ghosts.take(hash_of(1)));
}

TEST_CASE("ghosts: the rank tells how many came later") {
  GhostTable ghosts;
  add_all(ghosts, 0, 5, 1);
  CHECK(ghosts.take(hash_of(0))->rank == 4);
  CHECK(ghosts.take(hash_of(4))->rank == 0);
}

TEST_CASE("ghosts: an empty table has none and takes nothing") {
  GhostTable ghosts;
  CHECK_FALSE(ghosts.take(hash_of(1)));
  CHECK(ghosts.bytes() == 0);
}

TEST_CASE("ghosts: the table grows to the number of entries, and remembers nearly as many") {
  GhostTable ghosts;
  constexpr std::size_t entries = 20000;
  add_all(ghosts, 0, 3 * entries, entries);
  CHECK(ghosts.capacity() >= entries);
  CHECK(ghosts.capacity() < entries + 2 * GhostTable::bucket_cells);
  CHECK(ghosts.bytes() <= 2 * entries + 2 * 4096);
  CHECK(count_found(ghosts, 3 * entries - entries / 2, 3 * entries) > entries * 49 / 100);
  CHECK(count_found(ghosts, 0, entries) < entries / 50);
}

TEST_CASE("ghosts: growth forgets none") {
  GhostTable ghosts;
  add_all(ghosts, 0, 20, 1);
  add_all(ghosts, 20, 24, 4 * GhostTable::bucket_cells);
  CHECK(ghosts.capacity() == 4 * GhostTable::bucket_cells);
  CHECK(count_found(ghosts, 0, 24) == 24);
}

TEST_CASE("ghosts: the table shrinks with the number of entries and gives memory back") {
  GhostTable ghosts;
  add_all(ghosts, 0, 40000, 20000);
  const std::size_t before = ghosts.bytes();
  add_all(ghosts, 40000, 42000, 500);
  CHECK(ghosts.capacity() < 500 * 5 / 4 + 2 * GhostTable::bucket_cells);
  CHECK(ghosts.bytes() < before / 8);
  CHECK(count_found(ghosts, 41750, 42000) > 220);
}

TEST_CASE("ghosts: release gives everything back in steps") {
  GhostTable ghosts;
  add_all(ghosts, 0, 40000, 20000);
  const std::size_t before = ghosts.bytes();
  CHECK(ghosts.release_step(8192));
  CHECK(ghosts.bytes() == before - 8192);
  while (ghosts.release_step(8192)) continue;
  CHECK(ghosts.bytes() == 0);
}

}  // namespace
}  // namespace cachekit::test
