// One job on its way over one connection: opening, talking, finished. The exchange polls and tells
// the drive what time it is; the drive moves bytes and fills in the answers.
//
// Thread rule: one thread at a time.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "client/io/clock.h"
#include "client/io/connection.h"
#include "client/io/engine.h"
#include "client/io/node.h"

namespace cachekit::io {

class JobDrive {
 public:
  /// Begins at once if the place holds an idle connection that is still usable.
  JobDrive(Job& job, Pool<Connection>::Place place, const ConnectionSettings& settings,
           Time call_deadline, Time now);

  Job& job() { return *job_; }
  bool finished() const { return state_ == State::finished; }

  /// True if the place held no usable connection and open() has not been called.
  bool needs_opening() const { return state_ == State::opening && connection_ == nullptr; }

  /// Why no connection could be opened, if so.
  const Status& opening_failure() const { return opening_failure_; }

  /// For a drive that found no connection: starts one. `addresses` may be a failure.
  void open(Result<std::vector<SocketAddress>> addresses, Time now);

  /// Does all that is possible without waiting.
  void advance(Time now);

  /// Waits for the first byte in the kernel's receive instead of poll.
  void advance_by_waiting();

  /// True if nothing but replies is awaited, and no deadline comes before the receive timeout.
  bool may_wait_in_receive(Time now) const;

  /// Gives up if the deadline has come, or nobody may count on the answer any more.
  void check_deadline(Time now);

  /// When to look at that again, at the latest.
  Time next_check(Time now) const;

  int descriptor() const { return connection_->descriptor(); }
  short wanted_events() const { return connection_->wanted_events(); }

 private:
  enum class State { opening, talking, finished };

  void begin(Time now);
  bool is_demoted() const;
  void take_replies(Time now);
  void complete(Time now);
  void fail(const Status& failure);
  void fail_opening(Status failure);
  void set_deadline(Time now, std::chrono::milliseconds timeout);

  Job* job_;
  std::optional<Pool<Connection>::Place> place_;
  const ConnectionSettings* settings_;
  Time call_deadline_;
  State state_ = State::opening;
  std::unique_ptr<Connection> connection_;
  Time began_;
  Time deadline_;  // of this step: opening, or the next reply
  std::size_t answered_ = 0;
  Status opening_failure_;
};

}  // namespace cachekit::io
