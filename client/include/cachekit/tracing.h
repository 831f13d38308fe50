// What a client tells of each of its calls, for those who trace them or look for slow ones.
//
//   options.tracing.on_span = [&](const cachekit::Span& span) {
//     auto told = tracer->StartSpan(span.command, {.start_system_time = span.began});
//     …                                     // OpenTelemetry, or any other; none is linked
//   };
//   options.tracing.slow_threshold = 20ms;
//   options.tracing.on_slow = [](const cachekit::Span& span) { complain(span); };
//
// Every call of a Client, of its AsyncCommands and every command of a Pipeline is told once, when
// it has ended and before its caller, callback or coroutine goes on: by the calling thread, or by
// the client's thread that serves it, which serves all others meanwhile. So a hook must not block,
// and be quick. It may ask for stats() and hot_keys(); other calls of the client that it makes are
// carried out, and told nobody. What it throws is caught, and counted in
// ClientStats::hook_failures. What a Span holds is there until the hook returns.
//
// Thread rule: hooks are called by many threads at once.

#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

#include "cachekit/command_class.h"
#include "cachekit/status.h"

namespace cachekit {

/// One try at one node.
struct Attempt {
  std::string_view shard;  ///< Empty for command_on().
  std::string_view node;
  std::chrono::nanoseconds offset{0};  ///< From the call's begin.
  std::chrono::nanoseconds duration{0};
  Code code = Code::ok;  ///< The answer, or why there is none; cancelled: another was sooner.
  bool hedged = false;   ///< Made because another node took long.
};

struct Span {
  std::string_view command;  ///< In capitals if it is known; MULTI for a transaction.
  CommandClass command_class = CommandClass::other;
  std::chrono::system_clock::time_point began;
  std::chrono::nanoseconds duration{0};  ///< Waiting, connecting and pauses included.
  Code code = Code::ok;

  /// Where the last attempt went; empty if there was none.
  std::string_view shard;
  std::string_view node;

  std::size_t keys = 0;     ///< How many it names.
  std::string_view key;     ///< The first of them, if TracingOptions::tell_keys.
  bool near_cache = false;  ///< Answered by the near-cache, without an attempt.
  bool pipelined = false;   ///< One of several that were sent together, as long as all of them.
  bool hedged = false;      ///< One of the attempts was.
  std::span<const Attempt> attempts;  ///< In the order in which they ended.
};

struct TracingOptions {
  /// Called for each call. Costs some allocations a call, and three looks at the clock for one that
  /// the near-cache answers; a branch if there is none.
  std::function<void(const Span&)> on_span = {};

  /// Called for each that took so long or longer. The same cost, for calls that go to nodes.
  std::chrono::nanoseconds slow_threshold = std::chrono::milliseconds(100);
  std::function<void(const Span&)> on_slow = {};

  /// Keys may name people: they are told only if this says so.
  bool tell_keys = false;
};

}  // namespace cachekit
