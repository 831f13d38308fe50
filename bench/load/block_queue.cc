#include "bench/load/block_queue.h"

#include <utility>

namespace cachekit::bench {
namespace {

// Covers the reader's pauses for decompressing; more would only be memory.
constexpr std::size_t block_limit = 8;

}  // namespace

bool BlockQueue::push(Block block) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || blocks_.size() < block_limit; });
  if (closed_) return false;
  blocks_.push_back(std::move(block));
  changed_.notify_all();
  return true;
}

std::optional<BlockQueue::Block> BlockQueue::pop() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || !blocks_.empty(); });
  if (blocks_.empty()) return std::nullopt;
  Block block = std::move(blocks_.front());
  blocks_.pop_front();
  changed_.notify_all();
  return block;
}

void BlockQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

}  // namespace cachekit::bench
