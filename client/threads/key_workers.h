// Threads that load anew what is still served, and a bounded queue of keys before them. Threads are
// started by the first key that comes.
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

namespace cachekit::loading {

class Refresher {
 public:
  Refresher(std::size_t threads, std::size_t queue) : threads_(threads), queue_(queue) {}
  ~Refresher() { stop(); }
  Refresher(const Refresher&) = delete;
  Refresher& operator=(const Refresher&) = delete;

  bool has_threads() const { return threads_ > 0; }

  /// Runs `refresh` on one of the threads, unless one is waited for, or under way, for the key
  /// already. False if there is no room, or no thread could be started.
  bool offer(std::string_view key, std::function<void()> refresh);

  /// Forgets what waits, and returns when what runs has ended.
  void stop();

 private:
  struct Job {
    std::string key;
    std::function<void()> refresh;
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

}  // namespace cachekit::loading
