// The view in force, shared by the calls under way and whoever brings a newer topology.
//
// Thread rule: any thread.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "client/routing/cluster_view.h"

namespace cachekit::routing {

class CurrentView {
 public:
  explicit CurrentView(std::shared_ptr<const ClusterView> view) : view_(std::move(view)) {}

  std::shared_ptr<const ClusterView> get() const {
    const std::lock_guard lock(mutex_);
    return view_;
  }

  /// Who is to be told when a call has met a node that was not as the view says. Set before the
  /// view is shared.
  void on_doubt(std::function<void()> told) { told_ = std::move(told); }
  void doubt() const {
    if (told_) told_();
  }

  void set(std::shared_ptr<const ClusterView> view) {
    const std::lock_guard lock(mutex_);
    view_.swap(view);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const ClusterView> view_;
  std::function<void()> told_;
};

}  // namespace cachekit::routing
