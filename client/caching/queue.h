// A queue of entries, linked through themselves. For whoever holds the shard's lock.

#pragma once

#include <cstddef>

#include "client/caching/entry.h"

namespace cachekit::caching {

class Queue {
 public:
  bool empty() const { return oldest_ == nullptr; }
  Entry* oldest() const { return oldest_; }
  std::size_t bytes() const { return bytes_; }

  void push(Entry& entry, std::size_t bytes) {
    entry.older = newest_;
    entry.newer = nullptr;
    (newest_ != nullptr ? newest_->newer : oldest_) = &entry;
    newest_ = &entry;
    bytes_ += bytes;
  }

  void remove(Entry& entry, std::size_t bytes) {
    (entry.older != nullptr ? entry.older->newer : oldest_) = entry.newer;
    (entry.newer != nullptr ? entry.newer->older : newest_) = entry.older;
    bytes_ -= bytes;
  }

 private:
  Entry* oldest_ = nullptr;
  Entry* newest_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace cachekit::caching
