#include "node/failover/orders.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "node/node.h"

namespace cachekit::node::failover {
namespace {

using replication::Replication;

// Half a copy is not what a shard had; nothing is better.
void drop_half_a_copy(Node& node) {
  const auto& primary = node.replication().primary();
  if (!primary || !primary->copying) return;
  node.log(LogLevel::warning, "becomes primary with half a copy, which is dropped");
  node.store().apply({.kind = storage::Effect::Kind::clear, .key = {}, .value = {}});
}

void become_primary(Node& node) {
  drop_half_a_copy(node);
  if (node.replication().primary()) return node.replication().promote();
  node.replication().dismiss_replicas("a new epoch begins");
}

void carry_out(Node& node, const Order& order) {
  if (order.role == NodeRole::primary) return become_primary(node);
  node.replication().follow_anew(order.primary);
}

NodeRole role_of(const Node& node) {
  if (node.mandate() != nullptr) return node.mandate()->role();
  return node.replication().primary() ? NodeRole::replica : NodeRole::primary;
}

std::vector<protocol::ReplicaReport> replicas_of(const Node& node) {
  std::vector<protocol::ReplicaReport> reports;
  for (const auto& [id, replica] : node.replication().replicas()) {
    reports.push_back({.address = replication::to_text({replica.host, replica.port}),
                       .offset = replica.acknowledged,
                       .lag_ms = node.now().monotonic_ms - replica.heartbeat_ms,
                       .skew_ms = replica.skew_ms,
                       .copying = replica.feed->is_copying(),
                       .run_id = replica.run_id});
  }
  return reports;
}

}  // namespace

tl::expected<void, std::string> obey(Node& node, const Order& order) {
  Mandate& mandate = *node.mandate();
  const std::int64_t now_ms = node.now().monotonic_ms;
  const bool needed_lease = mandate.lease(now_ms) != protocol::LeaseState::unneeded;
  const auto taken = mandate.take(order);
  if (!taken) return tl::unexpected(taken.error());
  if (*taken == Mandate::Taken::repeated) {
    // Until now it was sure to be the primary without one.
    if (!needed_lease) mandate.begin_lease(now_ms);
    return {};
  }
  node.log(LogLevel::notice, "{} of epoch {}", name_of(order.role), order.epoch);
  mandate.begin_lease(now_ms);
  carry_out(node, order);
  return {};
}

std::int64_t heard_ms_ago(const Node& node) {
  const auto& primary = node.replication().primary();
  if (!primary) return 0;
  return node.now().monotonic_ms - std::max(primary->heard_ms, primary->since_ms);
}

tl::expected<void, std::string> give_promise(Node& node, Epoch epoch, ProbeOutcome outcome) {
  Mandate& mandate = *node.mandate();
  if (auto checked = mandate.check_promise(epoch); !checked) return checked;
  if (mandate.role() == NodeRole::replica && !mandate.has_promised() &&
      !mandate.may_give_up_on(outcome, heard_ms_ago(node))) {
    return tl::unexpected(fmt::format("NOPROMISE the primary {}", outcome == ProbeOutcome::alive
                                                                      ? "answers"
                                                                      : "was heard not long ago"));
  }
  // An earlier life of it may have answered heartbeats a moment ago.
  const std::int64_t age_ms = node.now().monotonic_ms - node.started().monotonic_ms;
  if (mandate.role() == NodeRole::none && age_ms < mandate.patience_ms()) {
    return tl::unexpected<std::string>("NOPROMISE this node has just started");
  }
  node.log(LogLevel::notice, "promises epoch {}", epoch);
  mandate.promise(epoch);
  if (node.replication().primary()) node.replication().suspend();
  return {};
}

protocol::NodeReport report_of(const Node& node) {
  const Replication& replication = node.replication();
  protocol::NodeReport report;
  report.run_id = node.run_id();
  report.role = role_of(node);
  report.history = replication.history_id();
  report.offset = replication.offset();
  report.keys = node.store().size();
  report.replicas = replicas_of(node);
  report.topology_version = node.topology_copy().version();
  if (const auto& primary = replication.primary()) {
    report.primary = replication::to_text(primary->address);
    report.link_up = primary->connected && !replication.is_suspended();
    report.complete = !primary->copying;
    report.heard_ms = primary->heard_ms < 0 ? -1 : node.now().monotonic_ms - primary->heard_ms;
  }
  const Mandate* const mandate = node.mandate();
  if (mandate == nullptr) return report;
  report.managed = true;
  report.epoch = mandate->epoch();
  report.promised_epoch = mandate->promised();
  report.data_epoch = mandate->data_epoch();
  report.lease = mandate->lease(node.now().monotonic_ms);
  report.closed = mandate->is_closed();
  report.leaving = mandate->is_leaving();
  report.lapse_ms = mandate->patience_ms();
  report.observer = mandate->role() == NodeRole::replica && !mandate->votes();
  return report;
}

}  // namespace cachekit::node::failover
