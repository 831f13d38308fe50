// A bounded store of reusable things: the connections to one node.
//
// At most `limit` exist at a time, in use and idle together. Taking one yields a place, with the
// most recently used idle thing in it if there is one; the holder of an empty place makes its own.
// The last used goes first, so that those beyond the need stay idle. Those that wait for a place
// get it in the order in which they came.
//
// Any thread may call; a Place belongs to one thread.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <list>
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
    return take_free();
  }

  /// Waits for it, behind those that wait already; nothing if the deadline comes first.
  std::optional<Place> take_until(Time deadline) {
    std::unique_lock lock(mutex_);
    if (taken_ < limit_) return take_free();
    Waiter waiter;
    const auto place = waiting_.insert(waiting_.end(), &waiter);
    if (!waiter.told.wait_until(lock, deadline, [&] { return waiter.has_place; })) {
      waiting_.erase(place);
      return std::nullopt;
    }
    return Place(this, std::move(waiter.found.thing), waiter.found.since);
  }

  /// How many wait.
  std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

 private:
  struct Idle {
    std::unique_ptr<Thing> thing;
    Time since;
  };

  struct Waiter {
    std::condition_variable told;
    Idle found;
    bool has_place = false;
  };

  Place take_free() {
    ++taken_;
    if (idle_.empty()) return Place(this, nullptr, {});
    Idle last = std::move(idle_.back());
    idle_.pop_back();
    return Place(this, std::move(last.thing), last.since);
  }

  // Whoever waits gets the place itself: those that come later must not take it first.
  void release(std::unique_ptr<Thing> thing, Time now) {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      --taken_;
      if (thing) idle_.push_back({std::move(thing), now});
      return;
    }
    Waiter& first = *waiting_.front();
    waiting_.pop_front();
    first.found = {std::move(thing), now};
    first.has_place = true;
    first.told.notify_one();
  }

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::vector<Idle> idle_;  // the last used at the end; with taken_, at most limit_
  std::size_t taken_ = 0;
  std::list<Waiter*> waiting_;  // only while all places are taken
};

}  // namespace cachekit::io
