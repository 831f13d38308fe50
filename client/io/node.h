// One node as the client sees it: its address, its connections, its health.
//
// Thread rule: any number of threads may share one Node.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "client/io/breaker.h"
#include "client/io/channel.h"
#include "client/io/connection.h"
#include "client/io/latency.h"
#include "client/io/node_health.h"
#include "client/io/pool.h"
#include "client/io/retry_budget.h"
#include "client/io/thread_number.h"
#include "client/metrics/node_meter.h"
#include "client/topology/node_address.h"

namespace cachekit::io {

/// How many connections to a node there may be.
struct ConnectionLimits {
  std::size_t alone;       ///< For one job each.
  std::size_t shared = 1;  ///< Each for many threads.
};

class Node : public std::enable_shared_from_this<Node> {
 public:
  Node(std::string written, topology::NodeAddress address, ConnectionLimits limits)
      : written_(std::move(written)), address_(std::move(address)), pool_(limits.alone) {
    while (channels_.size() < limits.shared) channels_.emplace_back(*this);
  }

  /// As in the topology.
  const std::string& name() const { return written_; }
  const topology::NodeAddress& address() const { return address_; }

  /// For jobs that share a connection; a thread's go over one and the same, so that they keep their
  /// order.
  Channel& channel() { return channels_[this_thread_number() % channels_.size()]; }

  /// For jobs that have a connection to themselves.
  Pool<Connection>& pool() { return pool_; }

  NodeHealth& health() { return health_; }
  Latency& latency() { return latency_; }
  Breaker& breaker() { return breaker_; }
  RetryBudget& retry_budget() { return retry_budget_; }
  metrics::NodeMeter& meter() { return meter_; }

  /// Calls that are under way to this node, as they count themselves in and out.
  std::atomic<std::size_t>& callers() { return callers_; }

  /// Another node is the primary of its shard now. Whoever waits for an answer to a write need not
  /// wait on: counts up, so that it can be seen.
  void demote() { demotions_.fetch_add(1, std::memory_order_relaxed); }
  std::uint32_t demotions() const { return demotions_.load(std::memory_order_relaxed); }

 private:
  const std::string written_;
  const topology::NodeAddress address_;
  std::deque<Channel> channels_;
  Pool<Connection> pool_;
  NodeHealth health_;
  Latency latency_;
  Breaker breaker_;
  RetryBudget retry_budget_;
  metrics::NodeMeter meter_;
  std::atomic<std::size_t> callers_{0};
  std::atomic<std::uint32_t> demotions_{0};
};

}  // namespace cachekit::io
