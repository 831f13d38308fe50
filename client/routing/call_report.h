// What is counted, and told, of a call when it has ended.
//
// Thread rule: one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cachekit/command_class.h"
#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "client/hotkeys/hot_keys.h"
#include "client/io/clock.h"
#include "client/metrics/call_meter.h"
#include "client/metrics/tracer.h"
#include "client/routing/attempt_log.h"
#include "client/routing/route.h"

namespace cachekit::routing {

class Batch;

/// Those whom a client's calls are of interest to.
struct Observers {
  metrics::CallMeter& calls;
  metrics::Tracer* tracer = nullptr;     ///< Null: nobody traces.
  hotkeys::HotKeys* hot_keys = nullptr;  ///< Null: none are looked for.
};

/// One request of a call.
struct EndedRequest {
  const Request* request = nullptr;
  const Route* route = nullptr;  ///< Null: it was refused, or given up before it was routed.
  Code code = Code::ok;
  std::string_view name = {};     ///< If it is not the request's first word.
  std::size_t first_command = 0;  ///< Of the batch.
  std::size_t commands = 1;
};

class CallReport {
 public:
  CallReport(const Observers& observers, io::Time began) : observers_(observers), began_(began) {}

  io::Time began() const { return began_; }

  /// Has a batch keep what is to be told of its attempts. Before it begins; the report must outlive
  /// it.
  void follow(Batch& batch);

  /// Lets those who look for hot keys see what it asks for.
  void look_at(const Request& request, const Route& route) const;

  /// An attempt without a batch.
  AttemptLog& log() { return log_; }
  bool is_traced() const { return observers_.tracer != nullptr; }

  /// Once it is over: note() for each of its `requests`, then finish().
  void end(io::Time ended, std::size_t requests = 1);
  void note(const EndedRequest& ended);
  void finish() const;

 private:
  void tell(const EndedRequest& ended, CommandClass command_class,
            const protocol::CommandSpec* spec) const;

  const Observers observers_;
  const io::Time began_;
  AttemptLog log_;
  io::Duration took_{0};
  bool is_pipelined_ = false;
  bool is_told_ = false;
  PerClass<std::uint64_t> calls_;
};

/// A call that has ended before it was routed.
void report_unrouted(const Observers& observers, const Request& request, io::Time began,
                     io::Time ended, Code code);

/// One that the near-cache has answered. For a tracer that wants all.
void report_near_hit(metrics::Tracer& tracer, std::string_view key, io::Time began);

}  // namespace cachekit::routing
