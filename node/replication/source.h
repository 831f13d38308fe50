// The primary's side: every change as a frame in the backlog, which the feeds of its replicas read.
//
// Subscribes to the effects of its node. Not thread-safe.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/replication/backlog.h"
#include "node/replication/frame_body.h"
#include "node/replication/history.h"
#include "node/storage/effect.h"

namespace cachekit::node::replication {

class ReplicaFeed;

class Source final : public storage::EffectSink {
 public:
  Source(History history, Offset begin, std::size_t backlog_bytes);

  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  const History& history() const { return history_; }
  const Backlog& backlog() const { return backlog_; }

  /// From here on the data are this node's own, under a new name.
  void begin_history(std::string id) {
    history_ = {std::move(id), std::move(history_.id), backlog_.end()};
  }

  /// The primary that this node follows calls the same data by another name.
  void rename_history(std::string_view id) {
    if (id != history_.id) begin_history(std::string(id));
  }

  /// Whether a replica with these data can go on from there without a full copy.
  bool can_continue(std::string_view history_id, Offset offset) const {
    return history_.continues(history_id, offset) && backlog_.holds(offset);
  }

  void apply(const storage::Effect& effect) override;
  void begin_group() override { ++open_groups_; }
  void end_group() override;

  /// Lets go of changes beyond the backlog's capacity, but not of a part of the newest frame.
  void trim() { backlog_.trim(newest_frame_); }

  /// A frame of changes as it came from the primary that this node follows.
  void append(const FrameBody& body);

  // For feeds, which join while they are there.

  void join(ReplicaFeed& feed) { feeds_.push_back(&feed); }
  void leave(ReplicaFeed& feed) { std::erase(feeds_, &feed); }

 private:
  History history_;
  Backlog backlog_;
  Offset newest_frame_ = 0;
  FrameBody pending_;  // of the group that is open
  std::size_t open_groups_ = 0;
  std::vector<ReplicaFeed*> feeds_;
};

}  // namespace cachekit::node::replication
