// Waits, within a limit, for a condition that other processes or threads bring about.

#pragma once

#include <chrono>
#include <thread>

namespace cachekit::test {

/// The limit is far beyond what it needs; where it must not come true, beyond what it would need.
template <class Condition>
bool becomes_true(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(30)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace cachekit::test
