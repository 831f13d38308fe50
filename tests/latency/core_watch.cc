#include "tests/latency/core_watch.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>

#include "tests/latency/cores.h"

namespace cachekit::test {
namespace {

constexpr std::chrono::microseconds interval{200};
constexpr std::chrono::microseconds least_delay{100};
constexpr int watch_priority = 20;

}  // namespace

WatchClock::duration common_time(const Interval& whole, const std::vector<Interval>& parts) {
  WatchClock::duration common{0};
  auto part = std::partition_point(parts.begin(), parts.end(), [&](const Interval& candidate) {
    return candidate.ended <= whole.began;
  });
  for (; part != parts.end() && part->began < whole.ended; ++part) {
    common += std::min(whole.ended, part->ended) - std::max(whole.began, part->began);
  }
  return common;
}

bool run_before_others(int priority) {
  sched_param parameters{};
  parameters.sched_priority = priority;
  return ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &parameters) == 0;
}

CoreWatch::CoreWatch(int core) : thread_([this, core] { run(core); }) {}

CoreWatch::~CoreWatch() { stop(); }

void CoreWatch::run(int core) {
  if (!move_to_core(0, core) || !run_before_others(watch_priority)) return;
  for (auto due = WatchClock::now() + interval; !stopping_; due += interval) {
    std::this_thread::sleep_until(due);
    const auto woken = WatchClock::now();
    if (woken - due < least_delay) continue;
    standstills_.push_back({due, woken});
    due = woken;
  }
}

const std::vector<Interval>& CoreWatch::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  return standstills_;
}

}  // namespace cachekit::test
