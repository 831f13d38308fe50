// All that routing needs of the outside world: requests carried to nodes, the clock, pauses and
// chance. Tests drive routing through an engine of their own, on virtual time.
//
// Thread rule: any number of threads may call an Engine; a Job belongs to one thread.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "cachekit/value.h"
#include "client/io/clock.h"

namespace cachekit::io {

class Node;

/// What became of one request.
struct Answer {
  enum class Kind : std::uint8_t {
    not_sent,    ///< Not wholly handed to the kernel: certainly not executed.
    unanswered,  ///< Sent, but the connection or the time ended before the reply.
    unreadable,  ///< Sent, and what came is no reply or one beyond the limits.
    replied,
  };

  Kind kind = Kind::not_sent;
  Value reply;           ///< If replied; may hold an ErrorText.
  Status failure;        ///< Otherwise.
  bool refused = false;  ///< Not sent, since nobody listens there.
};

struct Call {
  const Request* request = nullptr;
  Answer answer;
  std::size_t end = 0;  ///< For the engine: where the request ends among the job's bytes.
};

/// Requests for one node, executed there in this order.
struct Job {
  Node* node = nullptr;
  std::vector<Call> calls;

  /// It may share a connection with other jobs: no node takes long for it.
  bool shares = false;

  /// Another node may be asked the same meanwhile, and answer sooner: then it is given up, which
  /// is no failure of the node. Late answers must be able to go astray, so it shares a connection
  /// if it may at all.
  bool hedged = false;

  /// Answers are not waited for, and nothing is sent, once the node has been demoted more often
  /// than that; nothing: whatever it is.
  std::optional<std::uint32_t> demotions = std::nullopt;

  /// Replies that have not come by then are not waited for; the exchange's deadline holds as well.
  Time deadline = Time::max();
};

/// A job of more bytes than this gets a connection for itself, so that small ones need not wait
/// behind it.
inline constexpr std::size_t largest_shared_job = std::size_t{64} << 10;

/// Whether it goes over a connection together with others.
inline bool may_share(const Job& job) {
  if (!job.shares) return false;
  std::size_t bytes = 0;
  for (const Call& call : job.calls) bytes += call.request->bytes();
  return bytes <= largest_shared_job;
}

/// What decisions need.
class Environment {
 public:
  virtual ~Environment() = default;

  virtual Time now() = 0;

  /// At least 0, less than 1.
  virtual double random() = 0;
};

/// Carries the jobs of one call, on the thread that waits for them. What is under way when it is
/// destroyed is given up.
class Carrier {
 public:
  virtual ~Carrier() = default;

  /// Takes a job to its node, which stays where it is until it is over.
  virtual void carry(Job& job) = 0;

  /// Waits until a job is over, or until the time: those that are over, each once.
  virtual std::vector<Job*> wait(Time until) = 0;

  /// Nobody wants its answers any more; it is over, and not told.
  virtual void abandon(Job& job) = 0;
};

/// For callers that wait.
class Engine : public Environment {
 public:
  virtual void sleep_until(Time time) = 0;

  /// Carries all jobs to their nodes at once and returns when every call has its answer, soon after
  /// the deadline at the latest.
  virtual void exchange(std::span<Job* const> jobs, Time deadline) = 0;

  /// For jobs of which each may be followed by others, whatever becomes of the rest. All are over
  /// soon after the deadline at the latest.
  virtual std::unique_ptr<Carrier> make_carrier(Time deadline) = 0;

  void exchange(Job& job, Time deadline) {
    Job* const only = &job;
    exchange(std::span(&only, 1), deadline);
  }
  void exchange(std::vector<Job>& jobs, Time deadline) {
    std::vector<Job*> all;
    all.reserve(jobs.size());
    for (Job& job : jobs) all.push_back(&job);
    exchange(all, deadline);
  }
};

}  // namespace cachekit::io
