// Sleepers to be woken once a lock is free. One thread.

#pragma once

#include <array>
#include <cstddef>

#include "client/io/parker.h"

namespace cachekit::io {

class WakeList {
 public:
  WakeList() {}  // leaves the array as it is
  WakeList(const WakeList&) = delete;
  WakeList& operator=(const WakeList&) = delete;
  ~WakeList() { wake_all(); }

  /// Null is nobody. If the list is full, those before are woken at once.
  void add(Parker::Address sleeper) {
    if (sleeper == nullptr) return;
    if (count_ == sleepers_.size()) wake_all();
    sleepers_[count_++] = sleeper;
  }

  /// To be woken before the others: it has work to do for them.
  void add_first(Parker::Address sleeper) { first_ = sleeper; }

  void wake_all() {
    if (first_ != nullptr) Parker::wake(first_);
    first_ = nullptr;
    for (std::size_t i = 0; i < count_; ++i) Parker::wake(sleepers_[i]);
    count_ = 0;
  }

 private:
  Parker::Address first_ = nullptr;
  std::array<Parker::Address, 128> sleepers_;  // the first count_ of them
  std::size_t count_ = 0;
};

}  // namespace cachekit::io
