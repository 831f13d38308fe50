// A thread that starts processes for as long as its owner lives.
//
// The kernel ties "die with the parent" to the thread that started the process, not to its process:
// nodes started by a short-lived thread of the application would die with that thread.
//
// Thread rule: one caller at a time.

#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace cachekit::local {

class LauncherThread {
 public:
  LauncherThread();
  ~LauncherThread();
  LauncherThread(const LauncherThread&) = delete;
  LauncherThread& operator=(const LauncherThread&) = delete;

  /// Runs `task` on the thread and returns when it is done.
  void run(const std::function<void()>& task);

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* task_ = nullptr;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace cachekit::local
