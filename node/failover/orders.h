// What orders and promises do to a node: the mandate decides, replication follows.
//
// Pure as both are. Not thread-safe.

#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "node/failover/mandate.h"
#include "protocol/node_report.h"

namespace cachekit::node {

class Node;

namespace failover {

/// The node must be managed. An error is the refusal, with its code.
tl::expected<void, std::string> obey(Node& node, const Order& order);

/// How long ago a replica's primary was last heard, or the replica was told to follow it.
std::int64_t heard_ms_ago(const Node& node);

/// Promises the epoch, now that the primary has been probed, or says why not.
tl::expected<void, std::string> give_promise(Node& node, Epoch epoch, ProbeOutcome outcome);

/// Of any node, managed or not.
protocol::NodeReport report_of(const Node& node);

}  // namespace failover
}  // namespace cachekit::node
