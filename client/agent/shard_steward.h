// What an agent does about one shard: who is ordered what, when a primary is replaced, and by whom.
//
// Pure: what the nodes say and what time it is come in; commands for nodes, and the shard as it
// should be agreed on, come out. Called again and again, each time with all that is known then; so
// lost commands are repeated, and what another agent has begun is finished. Agents need not know of
// each other: the compare-and-swap of the topology decides between them, and nodes refuse what is
// late.
//
// Thread rule: one thread at a time.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cachekit/topology.h"
#include "client/agent/node_view.h"
#include "client/agent/patience.h"

namespace cachekit::agent {

struct Decision {
  std::vector<NodeCommand> commands = {};

  /// What to agree on instead of the present shard, and why, for the log.
  enum class Change : std::uint8_t { promotion, hand_over, other };
  std::optional<Shard> next = {};
  Change change = Change::other;
  std::string why = {};

  bool empty() const { return commands.empty() && !next; }
};

class ShardSteward {
 public:
  explicit ShardSteward(Patience patience = {}) : patience_(patience) {}

  /// Whether a change could be agreed on now. While it could not, nothing is begun that only a
  /// change would end: a primary that has closed, or has lost its replicas to promises, would stand
  /// still until then.
  enum class Store : std::uint8_t { reachable, away };

  /// `nodes` has a view of each node of the shard.
  Decision decide(const Shard& shard, std::span<const NodeView> nodes, io::Time now,
                  Store store = Store::reachable);

  /// Replaces this primary, as long as it is the primary, by another node without losing a write:
  /// the named one, or the best replica if the name is empty.
  struct HandOver {
    std::string from;
    std::string to = {};
  };
  void request(HandOver hand_over) { requested_ = std::move(hand_over); }
  void cancel_request() { requested_.reset(); }

 private:
  class Round;

  Patience patience_;
  std::optional<HandOver> requested_;

  /// In which this steward has found nobody with keys, so that an empty node may be its primary.
  std::uint64_t empty_epoch_ = 0;
  std::map<std::string, io::Time, std::less<>> since_;  // when conditions began
};

}  // namespace cachekit::agent
