#include "client/routing/batch.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include "client/routing/key_set.h"

namespace cachekit::routing {

void Batch::add_lane(const NodeList& nodes) {
  Lane& lane = lanes_.emplace_back();
  lane.nodes = &nodes;
}

void Batch::run() {
  for (std::uint32_t i = 0; i < commands_.size(); ++i) {
    lanes_[commands_[i].lane].commands.push_back(i);
  }
  if (preference_ != nullptr) place_reads();
  join_new_lanes();
  while (!lanes_.empty()) {
    const auto next =
        std::min_element(lanes_.begin(), lanes_.end(),
                         [](const Lane& a, const Lane& b) { return a.start_at < b.start_at; });
    if (next->start_at != io::Time()) engine_.sleep_until(next->start_at);
    run_round();
  }
}

void Batch::join_new_lanes() {
  std::erase_if(lanes_, [](const Lane& lane) { return lane.commands.empty(); });
  std::move(new_lanes_.begin(), new_lanes_.end(), std::back_inserter(lanes_));
  new_lanes_.clear();
}

// Another node may be the primary by now.
void Batch::take_newest_view() {
  if (views_ == nullptr) return;
  if (std::exchange(first_round_, false)) return;
  std::shared_ptr<const ClusterView> newest = views_->get();
  if (newest == view_) return;
  for (Lane& lane : lanes_) {
    const NodeList* nodes = newest->find_shard(lane.view->name_of(*lane.nodes));
    if (nodes == nullptr) continue;  // the shard is gone, and its nodes will say so
    lane.node = lane.node % nodes->size();
    lane.nodes = nodes;
    lane.view = newest.get();
  }
  earlier_views_.push_back(std::exchange(view_, std::move(newest)));
}

bool Batch::only_reads(const Lane& lane) const {
  return std::ranges::none_of(lane.commands,
                              [&](std::uint32_t i) { return commands_[i].route.writes; });
}

// Commands with keys that the table knows take no longer than their keys do; WAIT waits, and so may
// what is unknown.
bool Batch::may_share(const Lane& lane) const {
  return std::ranges::all_of(lane.commands, [&](std::uint32_t i) {
    const Route& route = commands_[i].route;
    return route.spec != nullptr && route.keys.count > 0;
  });
}

// A read that can go elsewhere does not wait for long.
io::Time Batch::attempt_deadline(const Lane& lane, io::Time now) const {
  const bool has_others = static_cast<std::size_t>(lane.attempts) + 1 < lane.nodes->size();
  return has_others ? now + policy_.read_attempt_timeout : io::Time::max();
}

void Batch::run_round() {
  take_newest_view();
  const io::Time now = engine_.now();
  std::vector<io::Job> jobs;
  std::vector<Lane*> due;
  jobs.reserve(lanes_.size());
  due.reserve(lanes_.size());
  for (Lane& lane : lanes_) {
    if (lane.start_at > now) continue;
    due.push_back(&lane);
    io::Job& job = jobs.emplace_back();
    job.node = (*lane.nodes)[lane.node].get();
    const bool writes = !only_reads(lane);
    if (!writes) job.deadline = attempt_deadline(lane, now);
    if (writes && views_ != nullptr) job.demotions = job.node->demotions();
    job.shares = may_share(lane) && !(writes && policy_.write_replicas > 0);
    job.calls.resize(lane.commands.size());
    for (std::size_t i = 0; i < lane.commands.size(); ++i) {
      job.calls[i].request = commands_[lane.commands[i]].request;
    }
    if (writes && policy_.write_replicas > 0)
      job.calls.push_back({.request = &wait_, .answer = {}});
  }
  engine_.exchange(jobs, deadline_);
  for (std::size_t i = 0; i < due.size(); ++i) settle(*due[i], jobs[i]);
  join_new_lanes();
}

void Batch::settle(Lane& lane, io::Job& job) {
  ++lane.attempts;
  if (preference_ != nullptr) note_own_writes(lane);
  std::optional<io::Answer> wait;
  if (job.calls.size() > lane.commands.size()) {
    wait = std::move(job.calls.back().answer);
    job.calls.pop_back();
  }
  std::vector<std::uint32_t> again = finish_what_is_final(lane, job);
  if (views_ != nullptr && !again.empty()) views_->doubt();
  if (wait) judge_concern(lane, *wait);
  if (!again.empty()) {
    drop_overtaken(lane, job, again);
    retry(lane, std::move(again), job);
  } else {
    lane.commands.clear();
  }
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
std::vector<std::uint32_t> Batch::finish_what_is_final(const Lane& lane, io::Job& job) {
  std::vector<std::uint32_t> again;
  for (std::uint32_t i = 0; i < job.calls.size(); ++i) {
    io::Answer& answer = job.calls[i].answer;
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
        command.maybe_executed |= command.route.writes && may_have_been_executed(answer);
        break;
    }
  }
  return again;
}

/// Gives up those of `again` that a later command on the same key has overtaken.
void Batch::drop_overtaken(const Lane& lane, const io::Job& job,
                           std::vector<std::uint32_t>& again) {
  KeySet executed_later;
  std::vector<std::uint32_t> kept;
  auto next_again = again.rbegin();
  for (std::size_t i = job.calls.size(); i-- > 0;) {
    Command& command = commands_[lane.commands[i]];
    const io::Answer& answer = job.calls[i].answer;
    const bool is_again = next_again != again.rend() && *next_again == i;
    if (is_again) {
      ++next_again;
      if (executed_later.conflicts_with(*command.request, command.route)) {
        command.result = tl::unexpected(given_up(answer, command.maybe_executed, lane.attempts));
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

void Batch::retry(Lane& lane, std::vector<std::uint32_t> again, const io::Job& job) {
  const bool only_reads = std::none_of(again.begin(), again.end(), [&](std::uint32_t i) {
    return commands_[lane.commands[i]].route.writes;
  });
  const std::size_t nodes = only_reads ? lane.nodes->size() : 1;
  RetryPolicy policy = policy_;
  if (is_replicated(lane)) policy.max_attempts = std::numeric_limits<int>::max();
  const auto start_at =
      next_attempt(policy, lane.attempts, nodes, engine_.now(), deadline_, engine_.random());
  std::vector<std::uint32_t> pending;
  for (const std::uint32_t i : again) {
    Command& command = commands_[lane.commands[i]];
    if (start_at) {
      pending.push_back(lane.commands[i]);
    } else {
      command.result =
          tl::unexpected(given_up(job.calls[i].answer, command.maybe_executed, lane.attempts));
    }
  }
  lane.commands = std::move(pending);
  lane.start_at = start_at.value_or(io::Time());
  if (lane.nodes->size() > 1) move_free_reads(lane);
}

void Batch::note_own_writes(const Lane& lane) {
  const io::Time now = engine_.now();
  for (const std::uint32_t i : lane.commands) {
    preference_->own_writes().note(*commands_[i].request, commands_[i].route, now);
  }
}

void Batch::place_reads() {
  const io::Time now = engine_.now();
  const auto is_not_own = [&](const Command& command) {
    return !preference_->own_writes().concern(*command.request, command.route, now);
  };
  for (Lane& lane : lanes_) {
    if (lane.nodes->size() == 1 || lane.commands.empty()) continue;
    const std::size_t first = preference_->choose(*lane.nodes, engine_.random());
    if (first == 0) continue;
    Lane reads = take_free_reads(lane, is_not_own);
    reads.node = first;
    if (!reads.commands.empty()) new_lanes_.push_back(std::move(reads));
  }
}

/// Those that no write of this batch touches, in a lane of their own: a replica may not have yet
/// what the primary has executed.
template <class Condition>
Batch::Lane Batch::take_free_reads(Lane& lane, Condition may_leave) {
  const std::uint32_t shard_lane = commands_[lane.commands.front()].lane;
  KeySet own_writes;
  for (const Command& command : commands_) {
    if (command.lane == shard_lane && command.route.writes) {
      own_writes.add(*command.request, command.route);
    }
  }
  Lane reads = lane;
  reads.commands.clear();
  std::erase_if(lane.commands, [&](std::uint32_t i) {
    const Command& command = commands_[i];
    const bool free = !command.route.writes &&
                      !own_writes.conflicts_with(*command.request, command.route) &&
                      may_leave(command);
    if (free) reads.commands.push_back(i);
    return free;
  });
  return reads;
}

/// A lane that has left the primary holds nothing but free reads, so all of it moves on.
void Batch::move_free_reads(Lane& lane) {
  if (lane.commands.empty()) return;
  Lane reads = take_free_reads(lane, [](const Command&) { return true; });
  if (reads.commands.empty()) return;
  reads.node = (lane.node + 1) % lane.nodes->size();
  // With its writes gone to another lane, the next node need not be waited for.
  if (static_cast<std::size_t>(reads.attempts) < reads.nodes->size()) reads.start_at = io::Time();
  new_lanes_.push_back(std::move(reads));
}

}  // namespace cachekit::routing
