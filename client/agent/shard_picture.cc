#include "client/agent/shard_picture.h"

#include <algorithm>
#include <chrono>
#include <tuple>

namespace cachekit::agent {

using protocol::NodeRole;

const NodeView& ShardPicture::view(const std::string& address) const {
  static const NodeView nobody;
  const auto found = std::ranges::find(nodes_, address, &NodeView::address);
  return found != nodes_.end() ? *found : nobody;
}

Views ShardPicture::views(const std::vector<std::string>& addresses) const {
  Views found;
  for (const std::string& address : addresses) found.push_back(&view(address));
  return found;
}

std::uint64_t ShardPicture::next_epoch() const {
  std::uint64_t next = shard_.epoch + 1;
  for (const NodeView& node : nodes_) {
    if (!node.answers()) continue;
    next = std::max({next, node.report.promised_epoch, node.report.epoch + 1});
  }
  return next;
}

io::Duration ShardPicture::lapse_after() const {
  io::Duration longest = patience_.lapse_after;
  for (const NodeView& node : nodes_) {
    longest = std::max<io::Duration>(longest, std::chrono::milliseconds(node.report.lapse_ms));
  }
  return longest;
}

bool ShardPicture::is_in_office(const NodeView& node) const {
  return node.answers() && node.report.role == NodeRole::primary &&
         node.report.epoch == shard_.epoch;
}

bool ShardPicture::is_lost(const NodeView& node) const {
  if (node.contact == Contact::refused) return true;
  if (!node.answers()) return has_been_away(node, patience_.suspect_after);
  return node.report.epoch < shard_.epoch || node.report.role == NodeRole::none;
}

bool ShardPicture::is_empty_shard() const {
  const auto is_empty = [](const NodeView* node) { return node->answers() && !has_data(*node); };
  const auto is_gone = [&](const NodeView* node) {
    return node->contact == Contact::refused || has_been_away(*node, patience_.give_up_after);
  };
  return std::ranges::all_of(views(shard_.replicas), is_empty) &&
         std::ranges::all_of(views(shard_.absent),
                             [&](const NodeView* node) { return is_empty(node) || is_gone(node); });
}

bool ShardPicture::has_served() const {
  return std::ranges::any_of(views(shard_.replicas), [&](const NodeView* node) {
    return node->answers() && node->report.data_epoch == shard_.epoch;
  });
}

bool ShardPicture::is_in_step(const NodeView& node) const {
  return node.answers() && node.report.role == NodeRole::replica &&
         node.report.epoch == shard_.epoch && node.report.link_up && node.report.complete;
}

bool ShardPicture::is_heard(const NodeView& primary, const NodeView& replica) const {
  const auto patience =
      std::chrono::duration_cast<std::chrono::milliseconds>(patience_.give_up_after);
  return std::ranges::any_of(primary.report.replicas, [&](const protocol::ReplicaReport& one) {
    return is_of(one, replica) && one.lag_ms < patience.count();
  });
}

bool ShardPicture::is_of(const protocol::ReplicaReport& one, const NodeView& node) const {
  const auto has_run_id = [&](const NodeView& other) {
    return !one.run_id.empty() && other.report.run_id == one.run_id;
  };
  if (std::ranges::any_of(nodes_, has_run_id)) return has_run_id(node);
  return one.address == node.address;
}

bool ShardPicture::is_stranger(const protocol::ReplicaReport& one) const {
  const auto patience =
      std::chrono::duration_cast<std::chrono::milliseconds>(patience_.suspect_after);
  if (one.run_id.empty() || one.lag_ms >= patience.count()) return false;
  return std::ranges::all_of(nodes_, [&](const NodeView& node) {
    return node.answers() && node.report.run_id != one.run_id;
  });
}

bool ShardPicture::is_waited_for(const NodeView& node, const NodeView& primary,
                                 bool patient) const {
  if (node.contact != Contact::refused) return patient || !has_been_away(node, lapse_after());
  return primary.contact != Contact::refused && !has_been_away(node, lapse_after());
}

bool ShardPicture::follows_one_of(const NodeView& node, const Views& others) {
  if (!node.answers() || node.report.role != NodeRole::replica || !node.report.link_up)
    return false;
  return std::ranges::any_of(others, [&](const NodeView* other) {
    return other->answers() && other->report.role == NodeRole::primary &&
           other->address == node.report.primary;
  });
}

const NodeView* ShardPicture::find_heir(const Views& candidates) {
  const NodeView* best = nullptr;
  const auto rank = [](const NodeView* node) {
    return std::tuple(node->report.data_epoch, node->report.offset);
  };
  for (const NodeView* node : candidates) {
    if (!has_data(*node) || !node->report.complete) continue;
    if (best == nullptr || rank(node) > rank(best)) best = node;
  }
  return best;
}

}  // namespace cachekit::agent
