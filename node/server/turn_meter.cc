#include "node/server/turn_meter.h"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace cachekit::node {

void TurnMeter::start(uv_loop_t* loop) {
  uv_loop_configure(loop, UV_METRICS_IDLE_TIME);
  before_wait_.data = this;
  uv_prepare_init(loop, &before_wait_);
  uv_prepare_start(&before_wait_,
                   [](uv_prepare_t* handle) { static_cast<TurnMeter*>(handle->data)->end_turn(); });
  uv_unref(reinterpret_cast<uv_handle_t*>(&before_wait_));
  started_ = true;
}

void TurnMeter::close() {
  if (std::exchange(started_, false)) {
    uv_close(reinterpret_cast<uv_handle_t*>(&before_wait_), nullptr);
  }
}

TurnMeter::Reading TurnMeter::read(uv_loop_t* loop) {
  timespec cpu{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const std::uint64_t now = uv_hrtime();
  return {now,
          static_cast<std::uint64_t>(cpu.tv_sec) * 1'000'000'000 +
              static_cast<std::uint64_t>(cpu.tv_nsec),
          now - uv_metrics_idle_time(loop), static_cast<std::uint64_t>(usage.ru_nivcsw)};
}

void TurnMeter::end_turn() {
  const Reading began = std::exchange(turn_began_, read(before_wait_.loop));
  if (std::exchange(in_first_turn_, false)) return;
  const std::uint64_t wall_ns = turn_began_.wall_ns - began.wall_ns;
  node_.statistics().loop_turns.record(
      {turn_began_.at_ns, std::min(turn_began_.cpu_ns - began.cpu_ns, wall_ns), wall_ns,
       turn_began_.involuntary_switches - began.involuntary_switches});
}

}  // namespace cachekit::node
