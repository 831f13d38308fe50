// Where any thread leaves something for the one thread of a loop.
//
// Thread rule: push() any thread, the rest one.

#pragma once

#include <atomic>
#include <utility>

namespace cachekit::loop {

/// Something to be run by a loop's thread. Must live until it is run.
class Posted {
 public:
  virtual void run() = 0;

 protected:
  ~Posted() = default;

 private:
  friend class SubmitQueue;
  Posted* next_ = nullptr;
};

class SubmitQueue {
 public:
  void push(Posted& posted) {
    Posted* newest = newest_.load(std::memory_order_relaxed);
    do {
      posted.next_ = newest;
    } while (!newest_.compare_exchange_weak(newest, &posted));
  }

  bool empty() const { return newest_.load() == nullptr; }

  /// Runs what was there, the oldest first.
  void run_all() {
    Posted* next = oldest_first(newest_.exchange(nullptr));
    while (next != nullptr) std::exchange(next, next->next_)->run();
  }

 private:
  static Posted* oldest_first(Posted* newest) {
    Posted* reversed = nullptr;
    while (newest != nullptr) {
      Posted* const older = std::exchange(newest->next_, reversed);
      reversed = std::exchange(newest, older);
    }
    return reversed;
  }

  std::atomic<Posted*> newest_{nullptr};
};

}  // namespace cachekit::loop
