// Changes of a cluster by whoever runs it: shards that come and go, nodes that replace others.
//
//   auto agreed = cachekit::change_topology(url, [](const cachekit::Topology& topology) {
//     return cachekit::with_shard(topology, {.name = "s4", .primary = "10.0.0.4:7379"});
//   });
//
// Only the topology is changed here, and no data moved; agents (agent.h) then order managed nodes
// to their new places. A node that is put in must have been started afresh: one that has served
// elsewhere may have seen later epochs than its new shard's, and obeys no order then. A node that
// is taken out goes on by itself until it is stopped.
//
// Thread rule: any thread.

#pragma once

#include <chrono>
#include <functional>
#include <string_view>

#include "cachekit/agent.h"
#include "cachekit/status.h"
#include "cachekit/topology.h"

namespace cachekit {

// Edits are pure: of one topology they make another, and leave its version alone. What cannot be
// done is refused with invalid_argument.

/// With one shard more, which begins without keys. Refused if its name or one of its nodes is in
/// use already, if an address makes no sense, or if the ring would have no room for it.
Result<Topology> with_shard(Topology topology, Shard shard);

/// Without a shard; the others own its keys then, and begin without them. What they have kept from
/// the time before that shard was added is found again. Refused for the last shard.
Result<Topology> without_shard(Topology topology, std::string_view name);

/// With `successor` as an absent node of the shard that `node` is taken out of. Agents take it in
/// when it has all keys. Refused if `node` is a primary: another must have taken over first.
Result<Topology> with_node_replaced(Topology topology, std::string_view node,
                                    std::string_view successor);

/// Puts the first topology of a cluster where the URL says: into a file that does not exist yet, or
/// under a key that etcd does not have. Fails with invalid_argument if something is there already,
/// if the topology makes no sense, or for a URL that is the topology itself; and as
/// change_topology() does if it cannot be written. etcd may have it even so after unavailable.
Status create_topology(std::string_view url, const Topology& topology);

/// What is there now. Fails with invalid_argument for a URL that is the topology itself.
Result<Topology> read_topology(std::string_view url);

using TopologyEdit = std::function<Result<Topology>(const Topology&)>;

/// Puts what the edit makes of the present topology in its place, and returns it. The edit is
/// called again, with the newer topology, if another change was faster. Fails as the edit does;
/// with invalid_argument for a URL whose topology nobody can change, and with topology_error or
/// unavailable if it cannot be read or written.
Result<Topology> change_topology(std::string_view url, const TopologyEdit& edit);

/// with_node_replaced() for any node: a primary is handed over first (agent.h), within the limit,
/// and no write is lost. Fails as change_topology() and hand_over() do; after a hand-over that was
/// too late, nothing has been replaced.
Result<Topology> replace_node(std::string_view url, std::string_view node,
                              std::string_view successor,
                              std::chrono::milliseconds limit = std::chrono::seconds(10),
                              AgentOptions options = {});

}  // namespace cachekit
