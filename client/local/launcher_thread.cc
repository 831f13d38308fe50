#include "client/local/launcher_thread.h"

namespace cachekit::local {

LauncherThread::LauncherThread() : thread_([this] { loop(); }) {}

LauncherThread::~LauncherThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LauncherThread::run(const std::function<void()>& task) {
  std::unique_lock lock(mutex_);
  task_ = &task;
  changed_.notify_all();
  changed_.wait(lock, [this] { return task_ == nullptr; });
}

void LauncherThread::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return task_ != nullptr || stopping_; });
    if (task_ == nullptr) return;
    (*task_)();
    task_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace cachekit::local
