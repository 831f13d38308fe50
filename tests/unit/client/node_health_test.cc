#include "client/io/node_health.h"

#include <doctest/doctest.h>

namespace cachekit::io {
namespace {

using namespace std::chrono_literals;

TEST_CASE("only changes are reported") {
  NodeHealth health;
  const Time start{1h};
  CHECK(!health.note_success(start));
  CHECK(health.note_failure(start));
  CHECK(!health.note_failure(start + 5s));
  CHECK(health.note_success(start + 10s));
  CHECK(!health.note_success(start + 11s));
  CHECK(health.note_failure(start + 20s));
}

TEST_CASE("a node that comes and goes is reported once a second at most") {
  NodeHealth health;
  const Time start{1h};
  int reports = 0;
  for (int ms = 0; ms < 10'000; ++ms) {
    const Time now = start + std::chrono::milliseconds(ms);
    reports += (ms % 2 == 0 ? health.note_failure(now) : health.note_success(now)) ? 1 : 0;
  }
  CHECK(reports > 5);
  CHECK(reports <= 10);
}

}  // namespace
}  // namespace cachekit::io
