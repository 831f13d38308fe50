// The one thread that listens to all nodes for what has changed.
//
// Thread rule: any thread; made and destroyed by one.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "client/caching/invalidation_link.h"

namespace cachekit::caching {

class InvalidationListener {
 public:
  /// `tidy` is called from time to time; while it answers true, soon again.
  InvalidationListener(LinkContext context, std::function<bool()> tidy);
  ~InvalidationListener();
  InvalidationListener(const InvalidationListener&) = delete;
  InvalidationListener& operator=(const InvalidationListener&) = delete;

  /// From now on to these, and to no others.
  void listen_to(std::vector<std::shared_ptr<TrackedNode>> nodes);

 private:
  void run();
  void take_nodes();
  io::Time next_step(io::Time now) const;
  void wait(io::Time until);
  void wake();

  const LinkContext context_;
  const std::function<bool()> tidy_;
  const int wake_descriptor_;
  std::atomic<bool> stopping_{false};

  std::mutex mutex_;
  std::vector<std::shared_ptr<TrackedNode>> nodes_;
  bool nodes_changed_ = false;

  // The thread's own.
  std::vector<std::unique_ptr<InvalidationLink>> links_;
  bool more_to_tidy_ = false;

  std::thread thread_;
};

}  // namespace cachekit::caching
