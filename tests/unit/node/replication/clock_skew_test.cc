// A primary and a replica whose wall clocks differ.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

using node::replication::Replication;

struct SkewedPrimary {
  TestNode node;
  Client replica_connection{node};

  SkewedPrimary() { replica_connection.call({"CACHEKIT.FOLLOW", "?", "0", "7000", "0"}); }

  // The answer to a heartbeat that has just been sent.
  void hear_of_clock(std::int64_t ahead_ms) {
    const node::Now now = node.now();
    node.node().replication().acknowledge(
        replica_connection.connection().id,
        {.heartbeat_ms = now.monotonic_ms, .unix_ms = now.unix_ms + ahead_ms});
  }

  std::int64_t skew_ms() {
    return node.node().replication().replica(replica_connection.connection().id)->skew_ms;
  }

  std::ptrdiff_t warnings() const {
    return std::ranges::count_if(node.log, [](const std::string& line) {
      return line.find("the clock of replica") != std::string::npos;
    });
  }
};

TEST_CASE("a clock that differs by more than half a second is warned about, once") {
  SkewedPrimary primary;
  primary.hear_of_clock(Replication::most_skew_ms);
  CHECK(primary.warnings() == 0);
  primary.hear_of_clock(Replication::most_skew_ms + 1);
  primary.hear_of_clock(-3'600'000);
  CHECK(primary.warnings() == 1);
  CHECK(primary.skew_ms() == -3'600'000);
}

TEST_CASE("a clock that was set right and is wrong again is warned about again") {
  SkewedPrimary primary;
  primary.hear_of_clock(60'000);
  primary.hear_of_clock(0);
  primary.hear_of_clock(-60'000);
  CHECK(primary.warnings() == 2);
}

TEST_CASE("what an answer took on its way counts as no difference") {
  SkewedPrimary primary;
  const node::Now sent = primary.node.now();
  primary.node.pass_ms(2000);
  primary.node.node().replication().acknowledge(
      primary.replica_connection.connection().id,
      {.heartbeat_ms = sent.monotonic_ms, .unix_ms = sent.unix_ms + 1000});
  CHECK(primary.skew_ms() == 0);
  CHECK(primary.warnings() == 0);
}

}  // namespace
}  // namespace cachekit::test
