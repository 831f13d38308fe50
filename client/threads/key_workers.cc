#include "client/threads/key_workers.h"

#include <system_error>
#include <utility>

namespace cachekit::threads {

bool KeyWorkers::offer(std::string_view key, std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  std::string name(key);
  if (keys_.contains(name)) return true;
  if (jobs_.size() >= queue_ || !starts_threads()) return false;
  keys_.insert(name);
  jobs_.push_back({.key = std::move(name), .work = std::move(work)});
  wake_.notify_one();
  return true;
}

/// With the lock. Fewer threads than wanted will do.
bool KeyWorkers::starts_threads() {
  while (running_.size() < threads_) {
    try {
      running_.emplace_back([this] { run(); });
    } catch (const std::system_error&) {
      break;
    }
  }
  return !running_.empty();
}

void KeyWorkers::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    try {
      job.work();
    } catch (...) {
      // No memory, say: then it has not taken place.
    }
    job.work = nullptr;  // what it holds may be locked by who offers
    lock.lock();
    keys_.erase(job.key);
  }
}

void KeyWorkers::stop() {
  std::deque<Job> forgotten;
  std::vector<std::thread> running;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    forgotten.swap(jobs_);
    running.swap(running_);
    keys_.clear();
    wake_.notify_all();
  }
  for (std::thread& thread : running) thread.join();
}

}  // namespace cachekit::threads
