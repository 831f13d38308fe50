// Who wants to be called when, on one loop. Pure: time is an argument.
//
// Cost: O(log alarms).
//
// Thread rule: one thread.

#pragma once

#include <map>
#include <optional>

#include "client/io/clock.h"

namespace cachekit::loop {

class Alarms;

/// One time at most. Silent once it is destroyed.
class Alarm {
 public:
  Alarm() = default;
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

 protected:
  ~Alarm();

 private:
  friend class Alarms;
  virtual void ring() = 0;

  Alarms* alarms_ = nullptr;
  std::multimap<io::Time, Alarm*>::iterator entry_;
};

class Alarms {
 public:
  /// Instead of the time that was set before.
  void set(Alarm& alarm, io::Time time) {
    if (alarm.alarms_ != nullptr && alarm.entry_->first == time) return;
    clear(alarm);
    alarm.alarms_ = this;
    alarm.entry_ = by_time_.emplace(time, &alarm);
  }

  void clear(Alarm& alarm) {
    if (alarm.alarms_ == nullptr) return;
    by_time_.erase(alarm.entry_);
    alarm.alarms_ = nullptr;
  }

  std::optional<io::Time> first() const {
    if (by_time_.empty()) return std::nullopt;
    return by_time_.begin()->first;
  }

  /// Rings those whose time has come. They may set themselves again, to a later time.
  void ring_until(io::Time now) {
    while (!by_time_.empty() && by_time_.begin()->first <= now) {
      Alarm& alarm = *by_time_.begin()->second;
      clear(alarm);
      alarm.ring();
    }
  }

 private:
  std::multimap<io::Time, Alarm*> by_time_;
};

inline Alarm::~Alarm() {
  if (alarms_ != nullptr) alarms_->clear(*this);
}

}  // namespace cachekit::loop
