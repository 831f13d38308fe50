#include "client/agent/shard_steward.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "client/agent/shard_picture.h"

namespace cachekit::agent {
namespace {

using protocol::LeaseState;
using protocol::NodeRole;

void move_to(std::vector<std::string>& from, std::vector<std::string>& to,
             const std::string& address) {
  std::erase(from, address);
  to.push_back(address);
}

// "host:port" in two; brackets around an IPv6 host are taken off.
std::pair<std::string, std::string> host_and_port(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {std::move(host), colon == std::string::npos ? std::string() : address.substr(colon + 1)};
}

}  // namespace

// One look at the shard.
class ShardSteward::Round : ShardPicture {
 public:
  Round(ShardSteward& steward, const Shard& shard, std::span<const NodeView> nodes, io::Time now,
        Store store)
      : ShardPicture(shard, nodes, steward.patience_, now),
        steward_(steward),
        may_begin_(store == Store::reachable) {}

  Decision decide() {
    const auto stranger = std::ranges::find_if(
        nodes(), [](const NodeView& node) { return node.answers() && !node.report.managed; });
    if (stranger != nodes().end()) {
      return {.why = fmt::format("node {} is not managed", stranger->address)};
    }
    const NodeView& primary = view(shard().primary);
    if (is_in_office(primary)) {
      steward_.empty_epoch_ = 0;
      tend(primary);
    } else if (is_unordered(primary) && !has_data(primary) && is_empty_shard() &&
               steward_.empty_epoch_ != shard().epoch) {
      steward_.empty_epoch_ = next_epoch();
      agree_on(with_epoch(next_epoch()), fmt::format("{} begins", primary.address));
    } else if (is_unordered(primary) && (has_data(primary) || is_empty_shard())) {
      order_primary(primary);
      order_replicas();
      free_from_promises(primary);
    } else if (is_lost(primary)) {
      replace(primary);
    } else if (primary.answers()) {
      put_in_place(primary);
    }
    steward_.since_ = std::move(lasting_);
    return std::move(decision_);
  }

 private:
  // Whether a condition that holds now has held in every round for so long.
  bool has_lasted(const std::string& condition, io::Duration patience) {
    const auto before = steward_.since_.find(condition);
    const io::Time since = before != steward_.since_.end() ? before->second : now();
    lasting_.emplace(condition, since);
    return now() - since >= patience;
  }

  // Orders.

  void command(const NodeView& node, std::vector<std::string> words) {
    decision_.commands.push_back({node.address, std::move(words)});
  }

  void order(const NodeView& node, std::vector<std::string> role) {
    std::vector<std::string> words{"CACHEKIT.ROLE", std::to_string(shard().epoch),
                                   node.report.run_id};
    words.insert(words.end(), role.begin(), role.end());
    command(node, std::move(words));
  }

  void order_primary(const NodeView& node) {
    std::vector<std::string> role{"PRIMARY"};
    if (shard().replicas.empty()) role.emplace_back("ALONE");
    order(node, std::move(role));
  }

  void order_replica(const NodeView& node, bool observes) {
    if (!node.answers() || node.report.epoch > shard().epoch) return;
    const bool obeys = node.report.epoch == shard().epoch &&
                       node.report.role == NodeRole::replica && node.report.observer <= observes;
    if (obeys) return;
    const auto [host, port] = host_and_port(shard().primary);
    std::vector<std::string> role{"REPLICA", host, port};
    if (observes) role.emplace_back("OBSERVER");
    order(node, std::move(role));
  }

  void order_replicas() {
    for (const NodeView* node : views(shard().replicas)) order_replica(*node, false);
    for (const NodeView* node : views(shard().absent)) order_replica(*node, true);
  }

  void agree_on(Shard next, std::string why, Decision::Change change = Decision::Change::other) {
    decision_.next = std::move(next);
    decision_.why = std::move(why);
    decision_.change = change;
  }

  // A topology that was edited by hand may name a primary that has another role in this epoch, or
  // knows a later one.
  void put_in_place(const NodeView& primary) {
    if (!has_lasted("out of place", patience().heal_after)) return;
    agree_on(with_epoch(next_epoch()),
             fmt::format("{} is to be what the topology says", primary.address));
  }

  Shard with_epoch(std::uint64_t epoch) const {
    Shard next = shard();
    next.epoch = epoch;
    return next;
  }

  // A shard whose primary serves.

  void tend(const NodeView& primary) {
    order_replicas();
    if (hand_over(primary) || free_from_promises(primary) || free_from_strangers(primary)) return;
    if (is_cut_off(primary)) return replace(primary);
    if (leave_out(primary) || free_from_lease(primary)) return;
    if (!shard().replicas.empty() && primary.report.lease == LeaseState::unneeded) {
      return order(primary, {"PRIMARY"});
    }
    take_in(primary);
  }

  // It answers agents, but no replica hears it.
  bool is_cut_off(const NodeView& primary) {
    if (primary.report.lease != LeaseState::lapsed) return false;
    const bool is_missed = std::ranges::any_of(views(shard().replicas), [](const NodeView* node) {
      return node->answers() && has_data(*node) && !node->report.link_up;
    });
    return is_missed && has_lasted("cut off", patience().suspect_after);
  }

  // Promises that came to nothing end by a new epoch.
  bool free_from_promises(const NodeView& primary) {
    const bool is_bound = std::ranges::any_of(nodes(), [&](const NodeView& node) {
      return node.answers() && node.report.promised_epoch > shard().epoch;
    });
    const bool stuck = is_bound || (primary.report.closed && !wants_hand_over(primary));
    if (!stuck || !has_lasted("unfinished", patience().heal_after)) return false;
    agree_on(with_epoch(next_epoch()),
             fmt::format("{} goes on as primary after an unfinished change", primary.address));
    return true;
  }

  // A node that was taken out of the topology by hand follows, and lets the primary write, though
  // nobody would ask for its promise. In a new epoch it does not.
  bool free_from_strangers(const NodeView& primary) {
    const bool is_followed =
        std::ranges::any_of(primary.report.replicas,
                            [&](const protocol::ReplicaReport& one) { return is_stranger(one); });
    if (!is_followed || !has_lasted("strangers", patience().heal_after)) return false;
    agree_on(with_epoch(next_epoch()),
             fmt::format("{} goes on without a node that is none of the shard's", primary.address));
    return true;
  }

  // A primary without a lease whose replicas are there, but not in step, and do not get there.
  bool free_from_lease(const NodeView& primary) {
    if (primary.report.lease != LeaseState::lapsed) return false;
    if (!has_lasted("no lease", patience().give_up_after)) return false;
    Shard next = with_epoch(next_epoch());
    for (const NodeView* node : views(shard().replicas)) {
      if (!is_in_step(*node)) move_to(next.replicas, next.absent, node->address);
    }
    agree_on(std::move(next),
             fmt::format("{} goes on without the replicas that do not follow it", primary.address));
    return true;
  }

  // Replicas that have been away for long.
  bool leave_out(const NodeView& primary) {
    Shard next = with_epoch(next_epoch());
    for (const NodeView* node : views(shard().replicas)) {
      if (has_been_away(*node, patience().give_up_after) && !is_heard(primary, *node)) {
        move_to(next.replicas, next.absent, node->address);
      }
    }
    if (next.replicas.size() == shard().replicas.size()) return false;
    agree_on(std::move(next), fmt::format("replicas of {} are away", primary.address));
    return true;
  }

  // Nodes that have come back, and have all keys now. A primary that served alone must know that it
  // needs a lease before anybody could take its place.
  void take_in(const NodeView& primary) {
    Shard next = shard();
    for (const NodeView* node : views(shard().absent)) {
      if (is_in_step(*node)) move_to(next.absent, next.replicas, node->address);
    }
    if (next.replicas.size() == shard().replicas.size()) return;
    if (primary.report.lease == LeaseState::unneeded) {
      if (may_begin_) order(primary, {"PRIMARY"});
      return;
    }
    agree_on(std::move(next), fmt::format("replicas of {} are back", primary.address));
  }

  // A planned change of the primary.

  bool wants_hand_over(const NodeView& primary) const {
    return primary.report.leaving ||
           (steward_.requested_ && steward_.requested_->from == primary.address);
  }

  bool hand_over(const NodeView& primary) {
    if (!wants_hand_over(primary)) return false;
    const NodeView* const successor = find_successor();
    if (successor == nullptr) return false;
    if (!primary.report.closed) {
      if (!may_begin_) return false;
      command(primary, {"CACHEKIT.HANDOVER", std::to_string(shard().epoch)});
      return true;
    }
    if (successor->report.offset < primary.report.offset) return true;
    Shard next = with_epoch(next_epoch());
    next.primary = successor->address;
    std::erase(next.replicas, successor->address);
    (primary.report.leaving ? next.absent : next.replicas).push_back(primary.address);
    agree_on(std::move(next),
             fmt::format("{} hands over to {}", primary.address, successor->address),
             Decision::Change::hand_over);
    return true;
  }

  const NodeView* find_successor() const {
    const std::string wanted = steward_.requested_ ? steward_.requested_->to : std::string();
    const NodeView* best = nullptr;
    for (const NodeView* node : views(shard().replicas)) {
      if (!is_in_step(*node) || (!wanted.empty() && node->address != wanted)) continue;
      if (best == nullptr || node->report.offset > best->report.offset) best = node;
    }
    return best;
  }

  // A primary that is lost.

  void replace(const NodeView& primary) {
    const bool is_silent = !primary.answers() && primary.contact != Contact::refused;
    // One that serves alone has no lease that could lapse, so its silence proves nothing.
    if (shard().replicas.empty() && is_silent) return;
    const std::uint64_t epoch = next_epoch();
    const bool patient = !has_lasted("lost", patience().give_up_after);
    Views asked = views(shard().replicas);
    if (!has_served()) std::ranges::copy(views(shard().absent), std::back_inserter(asked));
    Views promised;
    bool waits = !has_served() && is_silent && patient;
    for (const NodeView* node : asked) {
      if (node->answers() && is_bound_by(*node, epoch)) {
        promised.push_back(node);
      } else if (follows_one_of(*node, asked)) {
        continue;  // whom it follows speaks for it
      } else if (node->answers()) {
        if (may_begin_) command(*node, {"CACHEKIT.PROMISE", std::to_string(epoch)});
        waits = true;
      } else if (is_waited_for(*node, primary, patient)) {
        waits = true;
      }
    }
    if (waits) return;
    if (const NodeView* const heir = find_heir(promised)) {
      return promote(primary, *heir, promised, epoch);
    }
    begin_anew(primary, promised, epoch, patient);
  }

  void promote(const NodeView& primary, const NodeView& heir, const Views& promised,
               std::uint64_t epoch) {
    Shard next = with_epoch(epoch);
    next.primary = heir.address;
    next.replicas.clear();
    next.absent = shard().absent;
    for (const std::string& address : shard().replicas) {
      if (address == heir.address) continue;
      const bool obeys = std::ranges::any_of(
          promised, [&](const NodeView* node) { return node->address == address; });
      (obeys ? next.replicas : next.absent).push_back(address);
    }
    std::erase(next.absent, heir.address);
    next.absent.push_back(primary.address);
    const bool all_obey = next.replicas.size() + 1 >= shard().replicas.size();
    agree_on(std::move(next),
             fmt::format("{} is lost; {} takes its place{}", primary.address, heir.address,
                         all_obey ? "" : ", without word from every replica"),
             Decision::Change::promotion);
  }

  // Nobody has what the shard held. A primary that may come back with it is waited for.
  void begin_anew(const NodeView& primary, const Views& promised, std::uint64_t epoch,
                  bool patient) {
    if (patient && !primary.answers() && primary.contact != Contact::refused) return;
    const NodeView* const first = primary.answers()  ? &primary
                                  : promised.empty() ? nullptr
                                                     : promised.front();
    if (first == nullptr) return;
    steward_.empty_epoch_ = epoch;
    Shard next = with_epoch(epoch);
    next.primary = first->address;
    next.replicas.clear();
    next.absent.clear();
    for (const NodeView& node : nodes()) {
      if (node.address != first->address) next.absent.push_back(node.address);
    }
    agree_on(std::move(next), fmt::format("nobody has the keys; {} begins anew", first->address));
  }

  ShardSteward& steward_;
  const bool may_begin_;
  Decision decision_;
  std::map<std::string, io::Time, std::less<>> lasting_;
};

Decision ShardSteward::decide(const Shard& shard, std::span<const NodeView> nodes, io::Time now,
                              Store store) {
  return Round(*this, shard, nodes, now, store).decide();
}

}  // namespace cachekit::agent
