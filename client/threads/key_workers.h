// Threads that do something for keys which nobody waits for, and a bounded queue before them. They
// are started by the first key that comes.
//
// Thread rule: any thread; stop() once.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

namespace cachekit::threads {

class KeyWorkers {
 public:
  KeyWorkers(std::size_t threads, std::size_t queue) : threads_(threads), queue_(queue) {}
  ~KeyWorkers() { stop(); }
  KeyWorkers(const KeyWorkers&) = delete;
  KeyWorkers& operator=(const KeyWorkers&) = delete;

  bool has_threads() const { return threads_ > 0; }

  /// Runs `work` on one of the threads, unless some waits, or runs, for the key already. False if
  /// there is no room, or no thread could be started.
  bool offer(std::string_view key, std::function<void()> work);

  /// Forgets what waits, and returns when what runs has ended.
  void stop();

 private:
  struct Job {
    std::string key;
    std::function<void()> work;
  };

  bool starts_threads();
  void run();

  const std::size_t threads_;
  const std::size_t queue_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::unordered_set<std::string> keys_;  // of jobs that wait or run
  std::vector<std::thread> running_;
  bool stopping_ = false;
};

}  // namespace cachekit::threads
