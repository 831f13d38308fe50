// Brings many commands, each bound for one shard, to their results. It sends nothing itself: it
// says which jobs are due, and is told what became of each. run_batch.h carries them for a thread
// that waits, api/async_call.h on an event loop.
//
// Commands wait in lanes: at first one lane for each shard, in call order, leading to its primary.
// A lane that is due is one job, sent in one go; its answers are judged by the retry rule, and what
// is to be tried again stays in its lane, in order, for another job after a pause. Reads that no
// write of the batch touches leave it for a lane of their own, which goes on to the shard's next
// node, while writes wait for the primary; at once, if a read policy says so.
//
// A read that is hedged and takes long is sent to another node as well: a lane and its twin hold
// the same commands, and the one that is answered first counts. Only if both fail it is tried
// again.
//
// A read passes over nodes whose breakers are open. If all are, it waits for one that is asked
// again, but not for long. What a node has left unanswered is repeated there as its budget allows.
//
// Invariant: on one key, commands take effect in call order. So a command is not tried again
// if a later one on the same key was, or may have been, executed before it, unless both read.
//
// Cost: a job is O(its commands); without failures nothing is hashed.
//
// Thread rule: one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "client/io/engine.h"
#include "client/routing/attempt_log.h"
#include "client/routing/cluster_view.h"
#include "client/routing/current_view.h"
#include "client/routing/hedging.h"
#include "client/routing/read_preference.h"
#include "client/routing/retry.h"
#include "client/routing/route.h"

namespace cachekit::routing {

class Transaction;

struct Command {
  const Request* request = nullptr;
  const Transaction* transaction = nullptr;  ///< Sent instead; then the only command of its batch.
  Route route;
  std::uint32_t lane = 0;       ///< Commands with the same number share a lane.
  bool maybe_executed = false;  ///< In an attempt that will be, or was, repeated.
  bool answered = false;        ///< By a node; the result is its answer.
  Result<Value> result;
};

class Batch {
 public:
  Batch(io::Environment& environment, const RetryPolicy& policy, std::span<Command> commands,
        io::Time deadline);

  /// Names the nodes that serve the commands of the next lane: the primary first. Call once for
  /// each lane number, from 0 upwards, before begin().
  void add_lane(const NodeList& nodes);

  /// From now on lanes lead to the nodes that the newest view names. `view` is the one that the
  /// lanes were made from. Without this, they lead where they led at first.
  void follow(const CurrentView& views, const std::shared_ptr<const ClusterView>& view);

  /// Reads go first where that says; without this, to the primary.
  void prefer(ReadPreference& preference) { preference_ = &preference; }

  /// Reads that take long are sent to another node as well. Needs a preference, too, whose own
  /// writes are left alone.
  void hedge(Hedging& hedging) { hedging_ = &hedging; }

  /// Keeps there what becomes of each attempt.
  void trace(AttemptLog& log) { log_ = &log; }

  /// Deals the commands to the lanes. Once, before what follows.
  void begin();

  /// Takes over an attempt that was begun without it, at the first node of the only lane, and is
  /// to be settled. Right after begin().
  io::Job& adopt(io::Job attempt, io::Time sent_at);

  io::Time deadline() const { return deadline_; }

  /// When something was launched, settled or abandoned last.
  io::Time last_event() const { return last_event_; }

  /// True once every command has its result.
  bool finished() const { return lanes_.empty(); }

  /// When the next job is due: Time() is at once, Time::max() not before another has been settled.
  io::Time next_start() const;

  /// Calls `carry(io::Job&)` for each job that is due. A job stays where it is until it is settled.
  template <class Carry>
  void launch(Carry carry) {
    const io::Time now = last_event_ = environment_.now();
    for (Lane& lane : lanes_) {
      if (lane.under_way && lane.hedge_at <= now) add_twin(lane);  // at the end: its turn comes
      if (lane.under_way || lane.start_at > now || !find_node(lane, now)) continue;
      prepare(lane, now);
      carry(static_cast<io::Job&>(lane));
    }
    join_new_lanes();  // without those for which there was no node
  }

  /// One of those jobs has its answers, which are judged.
  void settle(io::Job& job);

  /// Calls `drop(io::Job&)` for each job that is still under way though another has brought its
  /// answers, and forgets those for which that is true; the others are still to be settled. How
  /// many it has forgotten.
  template <class Drop>
  std::size_t drop_superseded(Drop drop) {
    return std::erase_if(superseded_,
                         [&](Lane& lane) { return drop(static_cast<io::Job&>(lane)); });
  }

  /// Nothing is tried again, and what waits to be ends with this failure. Jobs that are under way
  /// are still to be settled.
  void abandon(const Status& why);

 private:
  struct Lane : io::Job {
    const NodeList* nodes = nullptr;
    std::shared_ptr<const ClusterView> view;  // that the nodes are of
    std::size_t place = 0;                    // of the node among them that is next
    int attempts = 0;
    int waits = 0;  // for a node that is worth asking
    bool under_way = false;
    Status unavailable;  // what ended an earlier attempt, if it found no node that could answer
    bool was_unanswered = false;  // an earlier attempt
    bool is_hedge = false;        // asked because another node takes long
    io::Time start_at;
    io::Time sent_at;
    io::Time hedge_at = io::Time::max();  // while it is under way: when another node is asked, too
    Lane* twin = nullptr;                 // with the same commands, under way to another node
    std::vector<std::uint32_t> commands;  // pending, in call order
  };

  void turn_to_newest_view(Lane& lane) const;
  bool find_node(Lane& lane, io::Time now);
  void wait_for_probe(Lane& lane);
  void prepare(Lane& lane, io::Time now);
  void fill_calls(Lane& lane) const;
  std::optional<io::Answer> take_answers(Lane& lane) const;
  void note_health(const Lane& lane) const;
  void note_attempt(const Lane& lane) const;
  AttemptLog::Visit visit_of(const Lane& lane) const;
  void log_attempt(const Lane& lane) const;
  void log_outrun(const Lane& lane) const;
  bool goes_to_new_node(const Lane& lane, bool only_reads) const;
  bool may_repeat(const Lane& lane, bool only_reads, std::size_t operations) const;
  void judge_concern(const Lane& lane, const io::Answer& wait);
  bool only_reads(const Lane& lane) const;
  bool all_may_share(const Lane& lane) const;
  bool is_replicated(const Lane& lane) const;
  io::Time attempt_deadline(Lane& lane, io::Time now);
  bool may_be_hedged(const Lane& lane, io::Time now) const;
  std::vector<std::uint32_t> finish_what_is_final(Lane& lane);
  void drop_overtaken(const Lane& lane, std::vector<std::uint32_t>& again);
  bool is_final(const Lane& lane) const;
  bool is_superseded(const Lane& lane) const;
  void add_twin(Lane& lane);
  bool leaves_it_to_twin(Lane& lane);
  void retry(Lane& lane, const std::vector<std::uint32_t>& again);
  static void note_why_again(Lane& lane, const io::Answer& answer);
  static Status why_given_up(const Lane& lane, const io::Answer& last, const Command& command);
  std::optional<io::Time> next_attempt_of(const Lane& lane, bool only_reads);
  void place_reads();
  void note_own_writes(const Lane& lane) const;
  template <class Condition>
  Lane* take_free_reads(Lane& lane, Condition may_leave);
  void move_free_reads(Lane& lane);
  void join_new_lanes();

  io::Environment& environment_;
  const RetryPolicy& policy_;
  const std::span<Command> commands_;
  const io::Time deadline_;
  Request wait_;  // follows the writes of a job, if there is a write concern
  ReadPreference* preference_ = nullptr;
  Hedging* hedging_ = nullptr;
  const CurrentView* views_ = nullptr;
  AttemptLog* log_ = nullptr;
  io::Time last_event_;
  Status abandoned_;           // why, if so
  std::list<Lane> lanes_;      // which stay where they are
  std::list<Lane> new_lanes_;  // made while lanes are looked at
  std::list<Lane> superseded_;
};

}  // namespace cachekit::routing
