#include "node/server/turn_meter.h"

#include <doctest/doctest.h>

#include <ctime>

#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

constexpr std::uint64_t burnt_ns = 3'000'000;

std::uint64_t thread_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

void burn(uv_timer_t*) {
  const std::uint64_t end = thread_cpu_ns() + burnt_ns;
  while (thread_cpu_ns() < end) {
  }
}

TEST_CASE("a turn's CPU time is what its callbacks used, without the waiting") {
  TestNode node;
  uv_loop_t loop;
  REQUIRE(uv_loop_init(&loop) == 0);
  node::TurnMeter meter(node.node());
  meter.start(&loop);
  uv_timer_t busy{};
  uv_timer_t last{};
  uv_timer_init(&loop, &busy);
  uv_timer_init(&loop, &last);
  uv_timer_start(&busy, burn, 20, 0);
  uv_timer_start(&last, [](uv_timer_t*) {}, 60, 0);
  const std::uint64_t began_ns = uv_hrtime();
  uv_run(&loop, UV_RUN_DEFAULT);

  const node::LoopTurns& turns = node.node().statistics().loop_turns;
  CHECK(turns.count() >= 1);
  const node::LoopTurn slowest = turns.slowest().front();
  CHECK(slowest.cpu_ns >= burnt_ns);
  CHECK(slowest.wall_ns >= burnt_ns);
  CHECK(slowest.wall_ns < slowest.ended_ns - began_ns);
  CHECK(slowest.ended_ns <= uv_hrtime());

  meter.close();
  uv_close(reinterpret_cast<uv_handle_t*>(&busy), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&last), nullptr);
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0);
}

}  // namespace
}  // namespace cachekit::test
