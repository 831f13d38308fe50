#include "client/caching/doorkeeper.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>

namespace cachekit::caching {
namespace {

TEST_CASE(
    "a doorkeeper knows what has been asked for, and forgets as much as it has no place for") {
  Doorkeeper doorkeeper(1000);
  CHECK_FALSE(doorkeeper.has_seen("key"));
  CHECK(doorkeeper.has_seen("key"));
  CHECK(doorkeeper.has_seen("key"));
  std::size_t known = 0;
  for (int i = 0; i < 100'000; ++i) known += doorkeeper.has_seen("new:" + std::to_string(i));
  CHECK(known < 100);
  CHECK_FALSE(doorkeeper.has_seen("key"));
}

}  // namespace
}  // namespace cachekit::caching
