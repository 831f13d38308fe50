// The retry rule, as pure functions of what happened; nothing here waits or sends.
//
// A request is tried again if it was certainly not executed: never wholly handed to the kernel, or
// refused by an error that says so. If it may have been executed, its retry class decides: a read
// may be repeated; a change that leaves the same state only if the caller opted for that; anything
// else ends in outcome_unknown.
//
// Attempts are parted by pauses of full jitter: a random time below a bound that doubles with every
// attempt. A node that this request has not tried yet is tried at once.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "cachekit/options.h"
#include "cachekit/status.h"
#include "client/io/engine.h"
#include "protocol/command_table.h"

namespace cachekit::routing {

struct RetryPolicy {
  int max_attempts = 8;
  io::Duration backoff_base = std::chrono::milliseconds(5);
  io::Duration backoff_limit = std::chrono::milliseconds(100);
  bool retry_same_state = false;
  double retry_share = 0.08;  ///< Of what a node is asked, if it leaves that unanswered.
  io::Duration read_attempt_timeout = std::chrono::milliseconds(30);
  int write_replicas = 0;  ///< The write concern.
  std::chrono::milliseconds write_replicas_timeout{200};
};

RetryPolicy retry_policy_of(const ClientOptions& options);

enum class Verdict : std::uint8_t {
  deliver,          ///< The answer is the call's answer, be it a value or an error.
  try_again,        ///< Certainly not executed, or harmless to repeat.
  outcome_unknown,  ///< May have been executed, and must not be repeated.
};

Verdict judge(const io::Answer& answer, protocol::Retry retry, const RetryPolicy& policy);

/// May the request have changed anything? For `try_again` verdicts of changes.
bool may_have_been_executed(const io::Answer& answer);

/// When to try again after `attempts_made` attempts at a request that `nodes` nodes can serve;
/// nothing if the attempts or the time before the deadline are used up. `random` is at least 0 and
/// less than 1.
std::optional<io::Time> next_attempt(const RetryPolicy& policy, int attempts_made,
                                     std::size_t nodes, io::Time now, io::Time deadline,
                                     double random);

/// The failure of a write that has been executed, if the answer to WAIT says that fewer replicas
/// than wanted have it.
Status concern_of(const io::Answer& wait, int wanted);

/// What an answer comes to: the reply's own code, unavailable if the node refuses for now.
Code code_of(const io::Answer& answer);

/// The result of a delivered answer.
Result<Value> result_of(io::Answer& answer);

/// The failure of a request that may have been executed.
Status outcome_unknown(const io::Answer& answer);

/// The failure of a request whose call has been ended for a reason of the client's.
Status abandoned(const Status& why, bool maybe_executed);

/// The failure of a request that will not be tried again, though it could be.
Status given_up(const io::Answer& last, bool maybe_executed, int attempts_made);

}  // namespace cachekit::routing
