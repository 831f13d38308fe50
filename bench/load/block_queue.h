// Blocks of trace requests on their way from the reading thread to one that sends them.
//
// Thread rule: one thread pushes, one pops, any may close.

#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "bench/load/trace_line.h"

namespace cachekit::bench {

class BlockQueue {
 public:
  using Block = std::vector<TraceRequest>;

  /// Waits while the queue is full. False if it was closed: nobody will pop.
  bool push(Block block);

  /// Waits while the queue is empty. Nothing once it is closed and empty.
  std::optional<Block> pop();

  /// No more blocks come, or none are wanted.
  void close();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Block> blocks_;
  bool closed_ = false;
};

}  // namespace cachekit::bench
