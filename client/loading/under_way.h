// Calls that are under way, so that the object that they belong to can outlive them.
//
// Thread rule: any thread.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace cachekit::loading {

class UnderWay {
 public:
  class Call {
   public:
    explicit Call(UnderWay& calls) : calls_(calls) {
      calls_.count_.fetch_add(1, std::memory_order_relaxed);
    }
    /// After this the object may be gone.
    ~Call() { calls_.count_.fetch_sub(1, std::memory_order_release); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    UnderWay& calls_;
  };

  /// Looks again and again: whoever leaves last must not touch what is about to be freed, so nobody
  /// can wake us.
  void await_none() const {
    while (count_.load(std::memory_order_acquire) > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  std::atomic<std::int64_t> count_{0};
};

}  // namespace cachekit::loading
