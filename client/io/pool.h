// A bounded store of reusable things: the connections to one node.
//
// At most `limit` exist at a time, in use and idle together. Taking one yields a place, with an
// idle thing in it if there is one; the holder of an empty place makes its own. The last used goes
// first, so that those beyond the need stay idle; but a thread gets back what it has used itself if
// that was just as lately, since what belongs to it is in its processor's caches still. Those that
// wait for a place get it in the order in which they came.
//
// Any thread may call; a Place belongs to one thread.

#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "client/io/clock.h"
#include "client/io/thread_number.h"

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
  /// A thread prefers its own if that was put back so long before the last one, at most.
  static constexpr auto stays_warm = std::chrono::milliseconds(1);

  struct Idle {
    std::unique_ptr<Thing> thing;
    Time since;
    std::size_t thread;  // that put it back
  };

  struct Waiter {
    std::condition_variable told;
    Idle found;
    bool has_place = false;
  };

  Place take_free() {
    ++taken_;
    if (idle_.empty()) return Place(this, nullptr, {});
    const auto next = find_next();
    Idle found = std::move(*next);
    idle_.erase(next);
    return Place(this, std::move(found.thing), found.since);
  }

  auto find_next() {
    const auto last = idle_.end() - 1;
    const auto own =
        std::ranges::find(idle_.rbegin(), idle_.rend(), this_thread_number(), &Idle::thread);
    if (own == idle_.rend() || last->since - own->since > stays_warm) return last;
    return own.base() - 1;
  }

  // Whoever waits gets the place itself: those that come later must not take it first.
  void release(std::unique_ptr<Thing> thing, Time now) {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      --taken_;
      if (thing) idle_.push_back({std::move(thing), now, this_thread_number()});
      return;
    }
    Waiter& first = *waiting_.front();
    waiting_.pop_front();
    first.found = {std::move(thing), now, this_thread_number()};
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
