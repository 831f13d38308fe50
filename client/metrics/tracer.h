// Tells the hooks of TracingOptions of calls that have ended.
//
// Thread rule: any thread.

#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "cachekit/tracing.h"
#include "client/metrics/counter.h"

namespace cachekit::metrics {

class Tracer {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Tracer(TracingOptions options) : options_(std::move(options)) {}

  bool is_on() const { return options_.on_span || options_.on_slow; }

  /// Whether somebody wants to know of calls however short they are.
  bool wants_all() const { return static_cast<bool>(options_.on_span); }

  /// Whether somebody wants to know of a call that took so long.
  bool wants(std::chrono::nanoseconds took) const {
    return options_.on_span || (options_.on_slow && took >= options_.slow_threshold);
  }

  bool tells_keys() const { return options_.tell_keys; }

  /// When that was, as calendars have it.
  static std::chrono::system_clock::time_point calendar_time_of(Time time);

  /// To be called for those that are wanted. What a call is told of that a hook has made itself
  /// would have no end, so it is not.
  void tell(const Span& span);

  /// How often a hook has thrown.
  std::uint64_t failures() const { return failures_.get(); }

 private:
  void call(const std::function<void(const Span&)>& hook, const Span& span);

  const TracingOptions options_;
  Counter failures_;
};

}  // namespace cachekit::metrics
