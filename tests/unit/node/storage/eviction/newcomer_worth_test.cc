#include "node/storage/eviction/newcomer_worth.h"

#include <doctest/doctest.h>

namespace cachekit::test {
namespace {

using node::storage::NewcomerWorth;

// So many evictions of each kind, of which one in `newcomers_return` and `others_return` comes
// back; 0: none.
void evict(NewcomerWorth& worth, int count, int newcomers_return, int others_return) {
  for (int at = 1; at <= count; ++at) {
    worth.note_eviction(false, 100);
    worth.note_eviction(true, 100);
    if (newcomers_return > 0 && at % newcomers_return == 0) worth.note_return(false);
    if (others_return > 0 && at % others_return == 0) worth.note_return(true);
  }
}

TEST_CASE("newcomer worth: rises to its limit while newcomers come back more often") {
  NewcomerWorth worth;
  evict(worth, 10000, 3, 20);
  CHECK(worth.value() == 2 * NewcomerWorth::one);
}

TEST_CASE("newcomer worth: falls to its limit while newcomers come back less often") {
  NewcomerWorth worth;
  evict(worth, 10000, 20, 3);
  CHECK(worth.value() == NewcomerWorth::one / 50);
}

TEST_CASE("newcomer worth: turns round when the load does") {
  NewcomerWorth worth;
  evict(worth, 10000, 20, 3);
  evict(worth, 2000, 3, 20);
  CHECK(worth.value() > NewcomerWorth::one / 10);
}

TEST_CASE("newcomer worth: stays where only one kind is evicted") {
  NewcomerWorth worth;
  const auto before = worth.value();
  for (int at = 0; at < 10000; ++at) worth.note_eviction(false, 100);
  CHECK(worth.value() == before);
}

TEST_CASE("newcomer worth: a large cache waits for an eighth of its entries") {
  NewcomerWorth worth;
  const auto before = worth.value();
  for (int at = 0; at < 124; ++at) {
    worth.note_eviction(at % 2 == 0, 1000);
    worth.note_return(false);
  }
  CHECK(worth.value() == before);
  worth.note_eviction(true, 1000);
  CHECK(worth.value() > before);
}

}  // namespace
}  // namespace cachekit::test
