#include "node/loop_turns.h"

#include <doctest/doctest.h>

#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

using node::LoopTurns;

TEST_CASE("a turn counts under every bound that its CPU time does not exceed") {
  LoopTurns turns;
  turns.record({.cpu_ns = 200'000});
  turns.record({.cpu_ns = 200'001});
  turns.record({.cpu_ns = 1});
  REQUIRE(LoopTurns::bounds_us[2] == 200);
  CHECK(turns.within(0) == 1);
  CHECK(turns.within(2) == 2);
  CHECK(turns.within(3) == 3);
  CHECK(turns.within(LoopTurns::bounds_us.size() - 1) == 3);
}

TEST_CASE("the turns with the most CPU time are kept, and the longest wall time") {
  LoopTurns turns;
  turns.record({.cpu_ns = 500, .wall_ns = 90'000, .involuntary_switches = 2});
  turns.record({.cpu_ns = 700, .wall_ns = 800, .involuntary_switches = 1});
  turns.record({.cpu_ns = 600, .wall_ns = 700});
  CHECK(turns.count() == 3);
  CHECK(turns.slowest().front().cpu_ns == 700);
  CHECK(turns.slowest().front().wall_ns == 800);
  CHECK(turns.wall_max_ns() == 90'000);
  CHECK(turns.involuntary_switches() == 3);
}

TEST_CASE("the slowest turns are kept whatever the order they come in") {
  constexpr std::size_t recorded = 10 * LoopTurns::most_kept;
  LoopTurns turns;
  for (std::size_t i = 0; i < recorded; ++i) {
    turns.record({.ended_ns = i, .cpu_ns = 1 + i * 7919 % recorded});  // each value once
  }
  const std::vector<node::LoopTurn> slowest = turns.slowest();
  REQUIRE(slowest.size() == LoopTurns::most_kept);
  for (std::size_t i = 0; i < slowest.size(); ++i) {
    CHECK(slowest[i].cpu_ns == recorded - i);
    CHECK(1 + slowest[i].ended_ns * 7919 % recorded == slowest[i].cpu_ns);
  }
}

TEST_CASE("INFO latency tells the turns, and CONFIG RESETSTAT forgets them") {
  TestNode node;
  Client client(node);
  node.node().statistics().loop_turns.record(
      {.ended_ns = 5'000'000, .cpu_ns = 3'000'000, .wall_ns = 4'000'000});
  const std::string text = client.send("INFO latency\r\n");
  for (const std::string_view field :
       {"loop_turns_measured:0\r\n", "loop_turns:1\r\n", "loop_turn_cpu_max_us:3000\r\n",
        "loop_turn_wall_max_us:4000\r\n", "loop_turn_cpu_us_le_2000:0\r\n",
        "loop_turn_cpu_us_le_5000:1\r\n",
        "loop_turn_slowest_0:ended_us=5000,cpu_us=3000,wall_us=4000,"
        "involuntary_context_switches=0\r\n"}) {
    CHECK_MESSAGE(text.find(field) != std::string::npos, field);
  }
  client.send("CONFIG RESETSTAT\r\n");
  CHECK(client.send("INFO latency\r\n").find("loop_turns:0\r\n") != std::string::npos);
}

}  // namespace
}  // namespace cachekit::test
