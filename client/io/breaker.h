// A circuit breaker: whether a node is worth asking. It opens when several attempts in a row have
// brought no answer; then one attempt after each pause is let through, as a probe, until one is
// answered. An answer that comes too late, to whoever waits no longer, ends the pause: the node is
// alive, and the probe tells whether it is quick again. Pure: time is an argument.
//
//   closed ──failures_to_open in a row──▶ open ──after a pause, for one attempt──▶ half open
//     ▲                                    ▲                                          │
//     └──────── any answer ────────────────┴──────────── no answer ───────────────────┘
//
// Thread rule: any thread.

#pragma once

#include <atomic>
#include <cstdint>

#include "client/io/clock.h"

namespace cachekit::io {

class Breaker {
 public:
  static constexpr std::uint32_t failures_to_open = 5;
  static constexpr Duration probe_pause = std::chrono::milliseconds(100);

  /// An answer of any kind, an error included.
  void note_answer() {
    if (failures_.load(std::memory_order_relaxed) != 0) {
      failures_.store(0, std::memory_order_relaxed);
    }
  }

  /// An answer that nobody waits for any longer, or one of many.
  void note_sign_of_life() {
    if (is_open()) probe_at_.store(0, std::memory_order_relaxed);
  }

  /// No connection, or no answer in time.
  void note_failure(Time now) {
    const std::uint32_t failures = failures_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (failures != failures_to_open) return;
    opened_.fetch_add(1, std::memory_order_relaxed);
    set_probe_at(now + probe_pause);
  }

  /// How often it has opened; probes that are not answered do not count.
  std::uint64_t opened() const { return opened_.load(std::memory_order_relaxed); }

  bool is_open() const { return failures_.load(std::memory_order_relaxed) >= failures_to_open; }

  /// Whether an attempt may be made. True once in a pause while it is open: that is the probe.
  bool admits(Time now) {
    if (!is_open()) return true;
    Time::rep probe_at = probe_at_.load(std::memory_order_relaxed);
    return now.time_since_epoch().count() >= probe_at &&
           probe_at_.compare_exchange_strong(probe_at,
                                             (now + probe_pause).time_since_epoch().count());
  }

  /// While it is open: when the next probe may be made.
  Time probe_at() const { return Time(Duration(probe_at_.load(std::memory_order_relaxed))); }

 private:
  void set_probe_at(Time time) {
    probe_at_.store(time.time_since_epoch().count(), std::memory_order_relaxed);
  }

  std::atomic<std::uint32_t> failures_{0};  // since the last answer
  std::atomic<Time::rep> probe_at_{0};
  std::atomic<std::uint64_t> opened_{0};
};

}  // namespace cachekit::io
