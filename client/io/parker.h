// Where one thread sleeps until another has something for it: a futex, since waking is most of what
// a shared connection costs.
//
// Marks are set under the lock of whoever shares the parker; only the sleeping itself is outside.
// Once `finished` is set, the owner may be gone: nothing of the parker may be touched any more but
// its address, to wake.

#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstddef>
#include <cstdint>

#include "client/io/clock.h"

namespace cachekit::io {

class Parker {
 public:
  enum Mark : std::uint32_t {
    awake,
    asleep,    ///< Or about to be.
    summoned,  ///< To read for all.
    finished,  ///< Final.
  };

  bool is_finished() const { return mark_.load(std::memory_order_acquire) == finished; }
  bool is_asleep() const { return mark_.load(std::memory_order_relaxed) == asleep; }
  bool is_summoned() const { return mark_.load(std::memory_order_relaxed) == summoned; }

  /// By the owner.
  void set(Mark mark) { mark_.store(mark, std::memory_order_relaxed); }

  /// Returns when another mark has been set, or at the time, or for no reason.
  void sleep_until(Time time) {
    const timespec at = time_left(Time(), time);
    syscall(SYS_futex, &mark_, FUTEX_WAIT_BITSET_PRIVATE, std::uint32_t{asleep}, &at, nullptr,
            FUTEX_BITSET_MATCH_ANY);
    std::atomic_thread_fence(std::memory_order_acquire);
  }

  using Address = std::atomic<std::uint32_t>*;

  /// By others: null if the owner does not sleep, otherwise what to wake once the lock is free.
  Address leave(Mark mark) {
    return mark_.exchange(mark, std::memory_order_release) == asleep ? &mark_ : nullptr;
  }

  static void wake(Address address) {
    syscall(SYS_futex, address, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }

 private:
  std::atomic<std::uint32_t> mark_{awake};
};

}  // namespace cachekit::io
