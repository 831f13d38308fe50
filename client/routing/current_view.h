// The view in force, shared by the calls under way and whoever brings a newer topology.
//
// All calls of all threads look it up, so there are several copies, each with a lock and a count of
// holders of its own: a thread's processor seldom has to fetch them from another's cache.
//
// Thread rule: any thread.

#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "client/io/thread_number.h"
#include "client/routing/cluster_view.h"

namespace cachekit::routing {

class CurrentView {
 public:
  explicit CurrentView(const std::shared_ptr<const ClusterView>& view) { set(view); }

  std::shared_ptr<const ClusterView> get() const {
    const Copy& copy = copies_[io::this_thread_number() % copies_.size()];
    const std::lock_guard lock(copy.mutex);
    return copy.view;
  }

  /// Who is to be told when a call has met a node that was not as the view says. Set before the
  /// view is shared.
  void on_doubt(std::function<void()> told) { told_ = std::move(told); }
  void doubt() const {
    if (told_) told_();
  }

  /// For all threads at once: who has seen it may tell another, who sees it then as well.
  void set(const std::shared_ptr<const ClusterView>& view) {
    std::array<std::shared_ptr<const ClusterView>, copy_count> counted_apart;
    for (auto& one : counted_apart) one = {view.get(), [view](const ClusterView*) {}};
    for (const Copy& copy : copies_) copy.mutex.lock();
    for (std::size_t i = 0; i < copy_count; ++i) copies_[i].view.swap(counted_apart[i]);
    for (const Copy& copy : copies_) copy.mutex.unlock();
  }

 private:
  static constexpr std::size_t copy_count = 8;

  /// Two lines, since processors fetch them in pairs.
  struct alignas(128) Copy {
    mutable std::mutex mutex;
    std::shared_ptr<const ClusterView> view;
  };

  std::array<Copy, copy_count> copies_;
  std::function<void()> told_;
};

}  // namespace cachekit::routing
