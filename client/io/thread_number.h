// Threads in the order in which they first asked: to divide them evenly.

#pragma once

#include <atomic>
#include <cstddef>

namespace cachekit::io {

inline std::size_t this_thread_number() {
  static std::atomic<std::size_t> asked{0};
  thread_local const std::size_t number = asked.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace cachekit::io
