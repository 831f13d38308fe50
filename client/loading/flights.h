// Who is loading which key in this process: the first to come leads, all others wait for what comes
// of it.
//
// Thread rule: any thread.

#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "client/loading/fill.h"

namespace cachekit::loading {

/// A load that may be shared.
struct Flight {
  const std::thread::id leader = std::this_thread::get_id();
  std::condition_variable landed_or_closed;
  bool landed = false;
  std::optional<Fill::End> end;  ///< None: it came to nothing, and another must lead.
};

class Flights {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  struct Joined {
    std::shared_ptr<Flight> flight;
    bool leads = false;
  };

  enum class Wait : std::uint8_t { landed, timed_out, closed };

  /// Takes part in the flight for the key; whoever leads it must land it.
  Joined join(std::string_view key) {
    const std::lock_guard lock(mutex_);
    auto& place = flights_[std::string(key)];
    if (place) return {.flight = place, .leads = false};
    place = std::make_shared<Flight>();
    return {.flight = place, .leads = true};
  }

  void land(std::string_view key, Flight& flight, std::optional<Fill::End> end) {
    const std::lock_guard lock(mutex_);
    const auto found = flights_.find(std::string(key));
    if (found != flights_.end() && found->second.get() == &flight) flights_.erase(found);
    std::erase_if(detached_, [&](const auto& one) { return one.get() == &flight; });
    flight.landed = true;
    flight.end = std::move(end);
    flight.landed_or_closed.notify_all();
  }

  /// Until it has landed: from then on `end` does not change.
  Wait wait(Flight& flight, SteadyTime deadline) {
    std::unique_lock lock(mutex_);
    flight.landed_or_closed.wait_until(lock, deadline, [&] { return flight.landed || closed_; });
    if (flight.landed) return Wait::landed;
    return closed_ ? Wait::closed : Wait::timed_out;
  }

  /// Nobody joins the flight for the key any more; those who have, still get what comes of it.
  void detach(std::string_view key) {
    const std::lock_guard lock(mutex_);
    const auto found = flights_.find(std::string(key));
    if (found == flights_.end()) return;
    detached_.push_back(std::move(found->second));
    flights_.erase(found);
  }

  /// Ends a pause, and all waiting, for good.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    closing_.notify_all();
    for (const auto& [key, flight] : flights_) flight->landed_or_closed.notify_all();
    for (const auto& flight : detached_) flight->landed_or_closed.notify_all();
  }

  bool is_closed() {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

  /// False if they were closed meanwhile, or before.
  bool pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return !closing_.wait_for(lock, time, [this] { return closed_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable closing_;
  bool closed_ = false;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
  std::vector<std::shared_ptr<Flight>> detached_;
};

/// Whoever leads lands at the end of a scope, also if it is left by an exception.
struct Landing {
  Landing(Flights& in, std::string_view of, Flight& which) : flights(in), key(of), flight(which) {}
  ~Landing() { flights.land(key, flight, std::move(end)); }
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;

  Flights& flights;
  const std::string_view key;
  Flight& flight;
  std::optional<Fill::End> end = {};
};

}  // namespace cachekit::loading
