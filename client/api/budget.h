// How many operations, and bytes of their requests, may be under way at a time.
//
// Thread rule: any thread.

#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "client/io/clock.h"

namespace cachekit::api {

class Budget {
 public:
  static constexpr std::size_t most_operations = (std::size_t{1} << 24) - 2;
  static constexpr std::size_t most_bytes = (std::size_t{1} << 40) - 1;

  /// Both at least 1, and at most what is said above.
  Budget(std::size_t operations, std::size_t bytes) : operations_(operations), bytes_(bytes) {}

  /// False, and nothing is taken, if that would be too much. What alone is larger than all the
  /// bytes there are counts as all of them.
  bool try_take(std::size_t bytes) {
    std::uint64_t before = taken_.load();
    do {
      if ((before >> byte_bits) + 1 > operations_) return false;
      if ((before & byte_mask) + std::min(bytes, bytes_) > bytes_) return false;
    } while (!taken_.compare_exchange_weak(before, before + packed(bytes)));
    return true;
  }

  /// Waits for it; false if the time comes first.
  bool take_until(std::size_t bytes, io::Time deadline) {
    if (try_take(bytes)) return true;
    std::unique_lock lock(mutex_);
    waiting_.fetch_add(1);
    const bool taken = given_.wait_until(lock, deadline, [&] { return try_take(bytes); });
    waiting_.fetch_sub(1);
    return taken;
  }

  void give(std::size_t bytes) {
    taken_.fetch_sub(packed(bytes));
    if (waiting_.load() == 0) return;
    const std::lock_guard lock(mutex_);
    given_.notify_all();
  }

 private:
  static constexpr int byte_bits = 40;
  static constexpr std::uint64_t byte_mask = (std::uint64_t{1} << byte_bits) - 1;

  // One operation of so many bytes.
  std::uint64_t packed(std::size_t bytes) const {
    return (std::uint64_t{1} << byte_bits) + std::min(bytes, bytes_);
  }

  const std::size_t operations_;
  const std::size_t bytes_;
  std::atomic<std::uint64_t> taken_{0};  // operations above, bytes below
  std::atomic<std::size_t> waiting_{0};
  std::mutex mutex_;
  std::condition_variable given_;
};

}  // namespace cachekit::api
