#include "client/routing/own_writes.h"

#include <doctest/doctest.h>

namespace cachekit::routing {
namespace {

using namespace std::chrono_literals;

constexpr io::Time noon{std::chrono::hours(12)};

struct Written {
  OwnWrites writes{5s};

  void note(const Request& request, io::Time now) {
    writes.note(request, *route_by_keys(request), now);
  }
  bool concern(const Request& request, io::Time now) const {
    return writes.concern(request, *route_by_keys(request), now);
  }
};

TEST_CASE("a key that was written is the primary's for a time, and no longer") {
  Written written;
  CHECK_FALSE(written.concern({"GET", "a"}, noon));
  written.note({"SET", "a", "1"}, noon);
  CHECK(written.concern({"GET", "a"}, noon));
  CHECK(written.concern({"GET", "a"}, noon + 5s - 1ns));
  CHECK_FALSE(written.concern({"GET", "a"}, noon + 5s));
  CHECK_FALSE(written.concern({"GET", "b"}, noon));
}

TEST_CASE("what is only read is nobody's") {
  Written written;
  written.note({"GET", "a"}, noon);
  CHECK_FALSE(written.concern({"GET", "a"}, noon));
}

TEST_CASE("of many keys each counts, written or read") {
  Written written;
  written.note({"MSET", "a", "1", "b", "2"}, noon);
  CHECK(written.concern({"MGET", "x", "b"}, noon + 1s));
  CHECK_FALSE(written.concern({"MGET", "x", "y"}, noon + 1s));
}

}  // namespace
}  // namespace cachekit::routing
