// A number that any thread may raise, and that orders nothing else.

#pragma once

#include <atomic>
#include <cstdint>

namespace cachekit::metrics {

class Counter {
 public:
  void add(std::uint64_t more = 1) { count_.fetch_add(more, std::memory_order_relaxed); }
  std::uint64_t get() const { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace cachekit::metrics
