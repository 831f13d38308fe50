// One thread that does something for keys which nobody waits for, several at once if several wait,
// and a bounded queue before it. It is started by the first key that comes.
//
// Thread rule: any thread; stop() once.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

namespace cachekit::threads {

class KeyBatches {
 public:
  struct Limits {
    std::size_t waiting;  ///< Keys that wait.
    std::size_t at_once;  ///< Keys for one call of the work, and their bytes; one key always.
    std::size_t bytes_at_once;
  };
  using Work = std::function<void(std::span<const std::string> keys)>;

  KeyBatches(Limits limits, Work work) : limits_(limits), work_(std::move(work)) {
    batch_.reserve(limits.at_once);
  }
  ~KeyBatches() { stop(); }
  KeyBatches(const KeyBatches&) = delete;
  KeyBatches& operator=(const KeyBatches&) = delete;

  /// False if there is no room, or the thread could not be started. A key that waits, or is worked
  /// at, is not taken twice.
  bool offer(std::string_view key);

  /// Forgets what waits, and returns when what runs has ended.
  void stop();

 private:
  bool starts_thread();
  void run();
  void take_batch();

  const Limits limits_;
  const Work work_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> waiting_;
  std::unordered_set<std::string> keys_;  // that wait or are worked at
  std::vector<std::string> batch_;        // the thread's own: what it works at
  std::thread thread_;
  bool stopping_ = false;
};

}  // namespace cachekit::threads
