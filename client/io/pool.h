// A bounded store of reusable things: the connections to one node.
//
// At most `limit` exist at a time, in use and idle together. Taking one yields a place, with the
// most recently used idle thing in it if there is one; the holder of an empty place makes its own.
// The last used goes first, so that those beyond the need stay idle.
//
// Any thread may call; a Place belongs to one thread.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "client/io/clock.h"

namespace cachekit::io {

template <class Thing>
class Pool {
 public:
  explicit Pool(std::size_t limit) : limit_(limit) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// The right to hold one thing; given back when destroyed, empty unless keep() was called.
  class Place {
   public:
    Place(Place&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)),
          thing_(std::move(other.thing_)),
          idle_since_(other.idle_since_) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(pool_, other.pool_);
      std::swap(thing_, other.thing_);
      std::swap(idle_since_, other.idle_since_);
      return *this;
    }
    ~Place() {
      if (pool_ != nullptr) pool_->release(nullptr, {});
    }

    /// The idle thing that was found, to be taken over; null if there was none.
    std::unique_ptr<Thing> take() { return std::move(thing_); }
    Time idle_since() const { return idle_since_; }

    /// Gives the place back with a thing for the next one.
    void keep(std::unique_ptr<Thing> thing, Time now) {
      std::exchange(pool_, nullptr)->release(std::move(thing), now);
    }

   private:
    friend class Pool;
    Place(Pool* pool, std::unique_ptr<Thing> thing, Time idle_since)
        : pool_(pool), thing_(std::move(thing)), idle_since_(idle_since) {}

    Pool* pool_;
    std::unique_ptr<Thing> thing_;
    Time idle_since_;
  };

  std::size_t limit() const { return limit_; }

  /// Never waits; nothing if all places are taken.
  std::optional<Place> try_take() {
    const std::lock_guard lock(mutex_);
    if (taken_ == limit_) return std::nullopt;
    ++taken_;
    if (idle_.empty()) return Place(this, nullptr, {});
    Idle last = std::move(idle_.back());
    idle_.pop_back();
    return Place(this, std::move(last.thing), last.since);
  }

  /// Waits until a place may be free. False if the deadline came first.
  bool wait(Time deadline) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    const bool free = released_.wait_until(lock, deadline, [&] { return taken_ < limit_; });
    --waiting_;
    return free;
  }

  /// For a thread that was told of a free place and no longer wants it: tells another.
  void pass_on() {
    const std::lock_guard lock(mutex_);
    if (waiting_ > 0 && taken_ < limit_) released_.notify_one();
  }

 private:
  struct Idle {
    std::unique_ptr<Thing> thing;
    Time since;
  };

  void release(std::unique_ptr<Thing> thing, Time now) {
    const std::lock_guard lock(mutex_);
    --taken_;
    if (thing) idle_.push_back({std::move(thing), now});
    if (waiting_ > 0) released_.notify_one();
  }

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable released_;
  std::vector<Idle> idle_;  // the last used at the end; with taken_, at most limit_
  std::size_t taken_ = 0;
  std::size_t waiting_ = 0;
};

}  // namespace cachekit::io
