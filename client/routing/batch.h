// Executes many commands, each bound for one shard, until every one has its result.
//
// Commands wait in lanes: at first one lane for each shard, in call order, leading to its primary.
// A round sends all lanes that are due at once, in parallel, each in one go; then every answer is
// judged by the retry rule, and what is to be tried again stays in its lane, in order, for another
// round after a pause. Reads that no write of the batch touches leave it for a lane of their own,
// which goes on to the shard's next node, while writes wait for the primary; at once, if a read
// policy says so.
//
// Invariant: on one key, commands take effect in call order. So a command is not tried again
// if a later one on the same key was, or may have been, executed before it, unless both read.
//
// Cost: a round is O(commands in its lanes); in a round without failures nothing is hashed.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "client/io/engine.h"
#include "client/routing/cluster_view.h"
#include "client/routing/current_view.h"
#include "client/routing/read_preference.h"
#include "client/routing/retry.h"
#include "client/routing/route.h"

namespace cachekit::routing {

struct Command {
  const Request* request = nullptr;
  Route route;
  std::uint32_t lane = 0;       ///< Commands with the same number share a lane.
  bool maybe_executed = false;  ///< In an attempt that will be, or was, repeated.
  bool answered = false;        ///< By a node; the result is its answer.
  Result<Value> result;
};

class Batch {
 public:
  Batch(io::Engine& engine, const RetryPolicy& policy, std::span<Command> commands,
        io::Time deadline)
      : engine_(engine), policy_(policy), commands_(commands), deadline_(deadline) {
    if (policy_.write_replicas > 0) {
      wait_.add("WAIT").add(std::int64_t{policy_.write_replicas});
      wait_.add(std::int64_t{policy_.write_replicas_timeout.count()});
    }
  }

  /// Names the nodes that serve the commands of the next lane: the primary first. Call once for
  /// each lane number, from 0 upwards, before run().
  void add_lane(const NodeList& nodes);

  /// From now on lanes lead to the nodes that the newest view names. `view` is the one that the
  /// lanes were made from. Without this, they lead where they led at first.
  void follow(const CurrentView& views, std::shared_ptr<const ClusterView> view) {
    views_ = &views;
    for (Lane& lane : lanes_) lane.view = view.get();
    view_ = std::move(view);
  }

  /// Reads go first where that says; without this, to the primary.
  void prefer(ReadPreference& preference) { preference_ = &preference; }

  /// Returns when every command has its result.
  void run();

 private:
  struct Lane {
    const NodeList* nodes = nullptr;
    const ClusterView* view = nullptr;  // that the nodes are of
    std::size_t node = 0;               // which of them is next
    int attempts = 0;
    io::Time start_at;
    std::vector<std::uint32_t> commands;  // pending, in call order
  };

  void take_newest_view();
  void judge_concern(const Lane& lane, const io::Answer& wait);
  void run_round();
  bool only_reads(const Lane& lane) const;
  bool may_share(const Lane& lane) const;
  bool is_replicated(const Lane& lane) const;
  io::Time attempt_deadline(const Lane& lane, io::Time now) const;
  void settle(Lane& lane, io::Job& job);
  std::vector<std::uint32_t> finish_what_is_final(const Lane& lane, io::Job& job);
  void drop_overtaken(const Lane& lane, const io::Job& job, std::vector<std::uint32_t>& again);
  void retry(Lane& lane, std::vector<std::uint32_t> again, const io::Job& job);
  void place_reads();
  void note_own_writes(const Lane& lane);
  template <class Condition>
  Lane take_free_reads(Lane& lane, Condition may_leave);
  void move_free_reads(Lane& lane);
  void join_new_lanes();

  io::Engine& engine_;
  const RetryPolicy& policy_;
  const std::span<Command> commands_;
  const io::Time deadline_;
  Request wait_;  // follows the writes of a job, if there is a write concern
  ReadPreference* preference_ = nullptr;
  const CurrentView* views_ = nullptr;
  bool first_round_ = true;
  std::shared_ptr<const ClusterView> view_;
  std::vector<std::shared_ptr<const ClusterView>> earlier_views_;  // which lanes may lead into
  std::vector<Lane> lanes_;
  std::vector<Lane> new_lanes_;  // made in this round
};

}  // namespace cachekit::routing
