#include "client/threads/key_batches.h"

#include <system_error>
#include <utility>

namespace cachekit::threads {

bool KeyBatches::offer(std::string_view key) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  std::string name(key);
  if (keys_.contains(name)) return true;
  if (waiting_.size() >= limits_.waiting || !starts_thread()) return false;
  keys_.insert(name);
  waiting_.push_back(std::move(name));
  wake_.notify_one();
  return true;
}

/// With the lock.
bool KeyBatches::starts_thread() {
  if (thread_.joinable()) return true;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

/// With the lock. Allocates nothing.
void KeyBatches::take_batch() {
  batch_.clear();
  std::size_t bytes = 0;
  while (!waiting_.empty() && batch_.size() < limits_.at_once) {
    bytes += waiting_.front().size();
    if (!batch_.empty() && bytes > limits_.bytes_at_once) break;
    batch_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
}

void KeyBatches::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    take_batch();
    lock.unlock();
    try {
      work_(batch_);
    } catch (...) {
      // No memory, say: then it has not taken place.
    }
    lock.lock();
    for (const std::string& key : batch_) keys_.erase(key);
  }
}

void KeyBatches::stop() {
  std::thread running;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting_.clear();
    running.swap(thread_);
    wake_.notify_all();
  }
  if (running.joinable()) running.join();
}

}  // namespace cachekit::threads
