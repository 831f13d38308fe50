// One shard at one moment: what the topology says, what its nodes say, and the questions about both
// that decisions rest on.
//
// Pure. What it is made of must outlive it. Thread rule: one thread at a time.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cachekit/topology.h"
#include "client/agent/node_view.h"
#include "client/agent/patience.h"

namespace cachekit::agent {

using Views = std::vector<const NodeView*>;

class ShardPicture {
 public:
  ShardPicture(const Shard& shard, std::span<const NodeView> nodes, const Patience& patience,
               io::Time now)
      : shard_(shard), nodes_(nodes), patience_(patience), now_(now) {}

  const Shard& shard() const { return shard_; }
  std::span<const NodeView> nodes() const { return nodes_; }
  const Patience& patience() const { return patience_; }
  io::Time now() const { return now_; }

  /// By address; of nobody if there is none.
  const NodeView& view(const std::string& address) const;
  Views views(const std::vector<std::string>& addresses) const;

  /// Beyond all that any node is bound by.
  std::uint64_t next_epoch() const;

  /// How long after the death of a replica the lease may last that rested on it. Nodes know which
  /// leases they were started with.
  io::Duration lapse_after() const;

  /// Has come under some primary, or been one.
  static bool has_data(const NodeView& node) { return node.report.data_epoch > 0; }

  bool has_been_away(const NodeView& node, io::Duration patience) const {
    return !node.answers() && now_ - node.since >= patience;
  }

  // The primary.

  bool is_in_office(const NodeView& node) const;

  /// It has been chosen, and has not been told yet; or it has been started again.
  bool is_unordered(const NodeView& node) const {
    return node.answers() && node.report.epoch < shard_.epoch;
  }

  bool is_lost(const NodeView& node) const;

  /// Nobody has keys, so that nothing is lost if an empty node leads. Data of an earlier life may
  /// come back with a node that is away; that is why it leads a new epoch.
  bool is_empty_shard() const;

  /// Whether the primary has served in this epoch, so that nobody but the replicas can have what it
  /// acknowledged, or can have let it. Otherwise whoever belongs to the shard must be heard.
  bool has_served() const;

  // Replicas.

  /// Whether a primary speaks of this node: by the run-id; where no node is known to have that, or
  /// the replica has not told it, by the address. The address that a primary sees is not the listed
  /// one where addresses are translated on the way.
  bool is_of(const protocol::ReplicaReport& one, const NodeView& node) const;

  bool is_in_step(const NodeView& node) const;

  /// By its primary, if not by this agent, whose cable may be bad.
  bool is_heard(const NodeView& primary, const NodeView& replica) const;

  /// Whether a primary speaks of a node that follows it now and is none of the shard's. Sure only
  /// while all of the shard's nodes tell who they are.
  bool is_stranger(const protocol::ReplicaReport& one) const;

  /// It has promised; or it is a primary of old, which acknowledges nothing once all others have.
  static bool is_bound_by(const NodeView& node, std::uint64_t epoch) {
    return node.report.promised_epoch >= epoch || node.report.role == protocol::NodeRole::primary;
  }

  /// Whether it follows one of these, a primary of old that is alive. It would not give that up,
  /// and has nothing that the other has not.
  static bool follows_one_of(const NodeView& node, const Views& others);

  /// Whether a promotion waits for one that does not answer. One that is dead has let nobody
  /// acknowledge anything since, and what it had let before lapses.
  bool is_waited_for(const NodeView& node, const NodeView& primary, bool patient) const;

  /// With the newest data; of an epoch that has begun later, whatever the offset. nullptr if
  /// nobody has any.
  static const NodeView* find_heir(const Views& candidates);

 private:
  const Shard& shard_;
  std::span<const NodeView> nodes_;
  const Patience& patience_;
  io::Time now_;
};

}  // namespace cachekit::agent
