#include "client/routing/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <ranges>
#include <utility>

#include "client/routing/key_set.h"
#include "client/routing/transaction.h"

namespace cachekit::routing {
namespace {

/// The first may be another's probe, whose answer is worth waiting for.
constexpr int most_waits_for_a_probe = 2;

}  // namespace

Batch::Batch(io::Environment& environment, const RetryPolicy& policy, std::span<Command> commands,
             io::Time deadline)
    : environment_(environment), policy_(policy), commands_(commands), deadline_(deadline) {
  if (policy_.write_replicas == 0) return;
  wait_.add("WAIT").add(std::int64_t{policy_.write_replicas});
  wait_.add(std::int64_t{policy_.write_replicas_timeout.count()});
}

void Batch::add_lane(const NodeList& nodes) { lanes_.emplace_back().nodes = &nodes; }

void Batch::follow(const CurrentView& views, const std::shared_ptr<const ClusterView>& view) {
  views_ = &views;
  for (Lane& lane : lanes_) lane.view = view;
}

void Batch::begin() {
  if (lanes_.size() == 1) {
    std::vector<std::uint32_t>& all = lanes_.front().commands;
    all.resize(commands_.size());
    std::iota(all.begin(), all.end(), 0U);
  } else {
    std::vector<Lane*> lanes;
    for (Lane& lane : lanes_) lanes.push_back(&lane);
    for (std::uint32_t i = 0; i < commands_.size(); ++i) {
      lanes[commands_[i].lane]->commands.push_back(i);
    }
  }
  if (preference_ != nullptr) place_reads();
  join_new_lanes();
}

void Batch::join_new_lanes() {
  std::erase_if(lanes_, [](const Lane& lane) { return lane.commands.empty(); });
  lanes_.splice(lanes_.end(), new_lanes_);
}

io::Job& Batch::adopt(io::Job attempt, io::Time sent_at) {
  Lane& lane = lanes_.front();
  static_cast<io::Job&>(lane) = std::move(attempt);
  lane.under_way = true;
  lane.sent_at = sent_at;
  return lane;
}

io::Time Batch::next_start() const {
  io::Time first = io::Time::max();
  for (const Lane& lane : lanes_) {
    first = std::min(first, lane.under_way ? lane.hedge_at : lane.start_at);
  }
  return first;
}

// Another node may be the primary by now.
void Batch::turn_to_newest_view(Lane& lane) const {
  if (views_ == nullptr || lane.attempts == 0) return;
  std::shared_ptr<const ClusterView> newest = views_->get();
  if (newest == lane.view) return;
  const NodeList* nodes = newest->find_shard(lane.view->name_of(*lane.nodes));
  if (nodes == nullptr) return;  // the shard is gone, and its nodes will say so
  lane.place = lane.place % nodes->size();
  lane.nodes = nodes;
  lane.view = std::move(newest);
}

bool Batch::only_reads(const Lane& lane) const {
  return std::ranges::none_of(lane.commands,
                              [&](std::uint32_t i) { return commands_[i].route.writes; });
}

// Commands with keys that the table knows take no longer than their keys do; WAIT waits, and so may
// what is unknown.
bool Batch::all_may_share(const Lane& lane) const {
  return std::ranges::all_of(lane.commands, [&](std::uint32_t i) {
    const Route& route = commands_[i].route;
    return route.spec != nullptr && route.keys.count > 0;
  });
}

// A read that can go elsewhere does not wait for long.
io::Time Batch::attempt_deadline(Lane& lane, io::Time now) {
  const bool has_others = static_cast<std::size_t>(lane.attempts) + 1 < lane.nodes->size();
  if (!has_others) return io::Time::max();
  lane.hedged = may_be_hedged(lane, now);
  if (lane.hedged) lane.hedge_at = now + Hedging::delay_of(lane.node->latency());
  return now + policy_.read_attempt_timeout;
}

/// The first attempt alone, and not at what this client has written itself.
bool Batch::may_be_hedged(const Lane& lane, io::Time now) const {
  if (hedging_ == nullptr || lane.attempts > 0) return false;
  hedging_->note_reads(lane.commands.size(), now);
  return hedging_->may_hedge() && std::ranges::none_of(lane.commands, [&](std::uint32_t i) {
           const Command& command = commands_[i];
           return preference_->own_writes().concern(*command.request, command.route, now);
         });
}

/// False if there is none worth asking now: the lane waits, or its commands have their results.
bool Batch::find_node(Lane& lane, io::Time now) {
  if (lane.twin != nullptr) return true;  // it has been found for it
  turn_to_newest_view(lane);
  if (!(*lane.nodes)[lane.place]->breaker().is_open() || !only_reads(lane)) return true;
  for (std::size_t i = 0; i < lane.nodes->size(); ++i) {
    const std::size_t place = (lane.place + i) % lane.nodes->size();
    if (!(*lane.nodes)[place]->breaker().admits(now)) continue;
    lane.place = place;
    return true;
  }
  wait_for_probe(lane);
  return false;
}

void Batch::wait_for_probe(Lane& lane) {
  const auto probe_at = [](const auto& node) { return node->breaker().probe_at(); };
  const io::Time first = std::ranges::min(*lane.nodes | std::views::transform(probe_at));
  if (++lane.waits <= most_waits_for_a_probe && first < deadline_) {
    lane.start_at = first;
    return;
  }
  const Status failure(Code::unavailable,
                       fmt::format("node {} does not answer of late", lane.nodes->front()->name()));
  for (const std::uint32_t i : lane.commands) commands_[i].result = tl::unexpected(failure);
  lane.commands.clear();
}

void Batch::prepare(Lane& lane, io::Time now) {
  const bool writes = !only_reads(lane);
  const bool has_concern = writes && policy_.write_replicas > 0;
  lane.under_way = true;
  lane.sent_at = now;
  lane.node = (*lane.nodes)[lane.place].get();
  lane.hedged = false;
  lane.hedge_at = io::Time::max();
  lane.deadline = writes ? io::Time::max() : attempt_deadline(lane, now);
  lane.demotions = std::nullopt;
  if (writes && views_ != nullptr) lane.demotions = lane.node->demotions();
  lane.shares = !has_concern && all_may_share(lane);
  fill_calls(lane);
  if (has_concern) lane.calls.push_back({.request = &wait_, .answer = {}});
  if (goes_to_new_node(lane, !writes)) {
    lane.node->retry_budget().note_first_attempts(lane.commands.size(), policy_.retry_share);
  }
}

void Batch::fill_calls(Lane& lane) const {
  if (const Transaction* transaction = commands_[lane.commands.front()].transaction) {
    lane.calls = transaction->calls();
    return;
  }
  lane.calls.clear();
  lane.calls.resize(lane.commands.size());
  for (std::size_t i = 0; i < lane.commands.size(); ++i) {
    lane.calls[i].request = commands_[lane.commands[i]].request;
  }
}

/// Leaves one call for each command, and answers with that of WAIT, if there was one.
std::optional<io::Answer> Batch::take_answers(Lane& lane) const {
  std::optional<io::Answer> wait;
  if (lane.calls.back().request == &wait_) {
    wait = std::move(lane.calls.back().answer);
    lane.calls.pop_back();
  }
  if (commands_[lane.commands.front()].transaction != nullptr) {
    lane.calls.front().answer = Transaction::answer_of(lane.calls);
    lane.calls.resize(1);
  }
  return wait;
}

/// Writes stay with the primary, reads try one node after the other.
bool Batch::goes_to_new_node(const Lane& lane, bool only_reads) const {
  return lane.attempts == 0 ||
         (only_reads && static_cast<std::size_t>(lane.attempts) < lane.nodes->size());
}

/// What a job says about its node, unless the client itself has ended it, did not want to wait or
/// had no place for it.
void Batch::note_health(const Lane& lane) const {
  const io::Answer& first = lane.calls.front().answer;
  if (first.kind == io::Answer::Kind::replied) return lane.node->breaker().note_answer();
  const bool was_demoted = lane.demotions && *lane.demotions != lane.node->demotions();
  if (was_demoted || !abandoned_.ok()) return;
  const bool unreachable =
      first.kind == io::Answer::Kind::not_sent && first.failure.code() == Code::unavailable;
  if (unreachable || first.kind == io::Answer::Kind::unanswered) {
    lane.node->breaker().note_failure(last_event_);
  }
}

/// Whether a node that has left something unanswered may be asked again.
bool Batch::may_repeat(const Lane& lane, bool only_reads, std::size_t operations) const {
  const bool unanswered = std::ranges::any_of(lane.calls, [](const io::Call& call) {
    return call.answer.kind == io::Answer::Kind::unanswered;
  });
  if (!unanswered || goes_to_new_node(lane, only_reads) || policy_.retry_share >= 1) return true;
  const bool granted = lane.node->retry_budget().take(operations);
  if (!granted) lane.node->meter().retries_refused.add(operations);
  return granted;
}

void Batch::settle(io::Job& job) {
  Lane& lane = static_cast<Lane&>(job);
  last_event_ = environment_.now();
  if (is_superseded(lane)) {
    superseded_.remove_if([&](const Lane& one) { return &one == &lane; });
    return;
  }
  lane.under_way = false;
  ++lane.attempts;
  note_health(lane);
  if (leaves_it_to_twin(lane)) {
    note_attempt(lane);
    lane.commands.clear();
    return join_new_lanes();
  }
  if (preference_ != nullptr) note_own_writes(lane);
  const std::optional<io::Answer> wait = take_answers(lane);
  note_attempt(lane);
  lane.is_hedge = false;
  std::vector<std::uint32_t> again = finish_what_is_final(lane);
  if (views_ != nullptr && !again.empty()) views_->doubt();
  if (wait) judge_concern(lane, *wait);
  if (!again.empty()) {
    drop_overtaken(lane, again);
    retry(lane, again);
  } else {
    lane.commands.clear();
  }
  join_new_lanes();
}

void Batch::abandon(const Status& why) {
  abandoned_ = why;
  last_event_ = environment_.now();
  for (Lane& lane : lanes_) {
    if (lane.under_way) continue;
    for (const std::uint32_t i : lane.commands) {
      Command& command = commands_[i];
      command.result = tl::unexpected(abandoned(why, command.maybe_executed));
    }
    lane.commands.clear();
  }
  join_new_lanes();
}

/// What has been written, and is not known to be where it should be, has not quite succeeded.
void Batch::judge_concern(const Lane& lane, const io::Answer& wait) {
  const Status status = concern_of(wait, policy_.write_replicas);
  if (status.ok()) return;
  for (const std::uint32_t i : lane.commands) {
    Command& command = commands_[i];
    if (command.route.writes && command.answered && command.result) {
      command.result = tl::unexpected(status);
    }
  }
}

/// Answers with the places, within the lane, of the commands that are to be tried again.
std::vector<std::uint32_t> Batch::finish_what_is_final(Lane& lane) {
  std::vector<std::uint32_t> again;
  for (std::uint32_t i = 0; i < lane.calls.size(); ++i) {
    io::Answer& answer = lane.calls[i].answer;
    Command& command = commands_[lane.commands[i]];
    switch (judge(answer, command.route.retry, policy_)) {
      case Verdict::deliver:
        command.result = result_of(answer);
        command.answered = true;
        break;
      case Verdict::outcome_unknown:
        command.result = tl::unexpected(outcome_unknown(answer));
        break;
      case Verdict::try_again:
        again.push_back(i);
        command.maybe_executed |= command.route.may_change_data() && may_have_been_executed(answer);
        break;
    }
  }
  return again;
}

/// Gives up those of `again` that a later command on the same key has overtaken.
void Batch::drop_overtaken(const Lane& lane, std::vector<std::uint32_t>& again) {
  KeySet executed_later;
  std::vector<std::uint32_t> kept;
  auto next_again = again.rbegin();
  for (std::size_t i = lane.calls.size(); i-- > 0;) {
    Command& command = commands_[lane.commands[i]];
    const io::Answer& answer = lane.calls[i].answer;
    const bool is_again = next_again != again.rend() && *next_again == i;
    if (is_again) {
      ++next_again;
      if (executed_later.conflicts_with(*command.request, command.route)) {
        command.result = tl::unexpected(why_given_up(lane, answer, command));
      } else {
        kept.push_back(static_cast<std::uint32_t>(i));
      }
    }
    const bool leaves_no_trace = is_again && !command.route.writes;
    if (may_have_been_executed(answer) && !leaves_no_trace) {
      executed_later.add(*command.request, command.route);
    }
  }
  std::reverse(kept.begin(), kept.end());
  again = std::move(kept);
}

/// Whether another node may become its shard's primary, which is worth waiting for.
bool Batch::is_replicated(const Lane& lane) const {
  return lane.nodes->size() > 1 || (lane.view != nullptr && lane.view->has_absent(*lane.nodes));
}

void Batch::retry(Lane& lane, const std::vector<std::uint32_t>& again) {
  const bool only_reads = std::none_of(again.begin(), again.end(), [&](std::uint32_t i) {
    return commands_[lane.commands[i]].route.writes;
  });
  std::optional<io::Time> start_at = next_attempt_of(lane, only_reads);
  if (start_at && !may_repeat(lane, only_reads, again.size())) start_at.reset();
  std::vector<std::uint32_t> pending;
  for (const std::uint32_t i : again) {
    Command& command = commands_[lane.commands[i]];
    if (start_at) {
      pending.push_back(lane.commands[i]);
      note_why_again(lane, lane.calls[i].answer);
    } else if (!abandoned_.ok()) {
      command.result = tl::unexpected(abandoned(abandoned_, command.maybe_executed));
    } else {
      command.result = tl::unexpected(why_given_up(lane, lane.calls[i].answer, command));
    }
  }
  lane.commands = std::move(pending);
  lane.start_at = start_at.value_or(io::Time());
  if (lane.nodes->size() > 1) move_free_reads(lane);
}

void Batch::note_why_again(Lane& lane, const io::Answer& answer) {
  lane.was_unanswered |= answer.kind == io::Answer::Kind::unanswered;
  const Status failure = given_up(answer, false, lane.attempts);
  if (failure.code() == Code::unavailable) lane.unavailable = failure;
}

/// Where nobody has taken the command, that the time ran out during the last attempt says less than
/// what had ended an earlier one.
Status Batch::why_given_up(const Lane& lane, const io::Answer& last, const Command& command) {
  Status status = given_up(last, command.maybe_executed, lane.attempts);
  const bool too_late = status.code() == Code::deadline_exceeded;
  return too_late && !lane.was_unanswered && !lane.unavailable.ok() ? lane.unavailable : status;
}

/// Nothing if there is to be none.
std::optional<io::Time> Batch::next_attempt_of(const Lane& lane, bool only_reads) {
  if (!abandoned_.ok()) return std::nullopt;
  RetryPolicy policy = policy_;
  if (is_replicated(lane)) policy.max_attempts = std::numeric_limits<int>::max();
  return next_attempt(policy, lane.attempts, only_reads ? lane.nodes->size() : 1, last_event_,
                      deadline_, environment_.random());
}

void Batch::note_own_writes(const Lane& lane) const {
  for (const std::uint32_t i : lane.commands) {
    preference_->own_writes().note(*commands_[i].request, commands_[i].route, last_event_);
  }
}

}  // namespace cachekit::routing
