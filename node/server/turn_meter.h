// Measures every turn of the loop, from where it is about to wait for events to where it is about
// to wait again.
//
// libuv runs timers, idle callbacks, prepare callbacks, then waits and calls back whoever has
// input, then check callbacks. The CPU time between two prepare callbacks is that of exactly one
// turn, and of going to sleep and waking up, which takes nothing; but a virtual machine may charge
// milliseconds for it that the host took. A turn cannot use more CPU time than it lasts, so the
// time that passed without the waiting bounds it. A measured turn costs two system calls more, one
// to two microseconds; the meter of a node that was not asked to measure costs nothing.

#pragma once

#include <uv.h>

#include <cstdint>

#include "node/node.h"

namespace cachekit::node {

class TurnMeter {
 public:
  /// What it records goes to the statistics of `node`.
  explicit TurnMeter(Node& node) : node_(node) {}

  TurnMeter(const TurnMeter&) = delete;
  TurnMeter& operator=(const TurnMeter&) = delete;

  /// Before the loop runs.
  void start(uv_loop_t* loop);

  /// So that the loop can end. Does nothing if it was not started.
  void close();

 private:
  struct Reading {
    std::uint64_t at_ns = 0;
    std::uint64_t cpu_ns = 0;
    std::uint64_t wall_ns = 0;  // without the time that the loop waited
    std::uint64_t involuntary_switches = 0;
  };

  static Reading read(uv_loop_t* loop);
  void end_turn();

  Node& node_;
  uv_prepare_t before_wait_{};
  bool started_ = false;
  bool in_first_turn_ = true;
  Reading turn_began_;
};

}  // namespace cachekit::node
