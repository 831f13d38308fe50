// The reads of a batch that leave their lane: for the node that a read policy chooses, for any node
// if their keys are hot, for the next one after a failure, or for another one as well while the
// first takes long.

#include <algorithm>
#include <utility>

#include "client/routing/batch.h"
#include "client/routing/key_set.h"

namespace cachekit::routing {

void Batch::place_reads() {
  const io::Time now = environment_.now();
  const auto is_not_own = [&](const Command& command) {
    return !preference_->own_writes().concern(*command.request, command.route, now);
  };
  const auto place = [&](Lane& lane, std::size_t first, const auto& may_leave) {
    if (first == 0 || lane.commands.empty()) return;
    if (Lane* const reads = take_free_reads(lane, may_leave)) reads->place = first;
  };
  for (Lane& lane : lanes_) {
    if (lane.nodes->size() == 1) continue;
    if (preference_->spreads_hot()) {
      place(lane, preference_->choose_for_hot(*lane.nodes, environment_.random()),
            [&](const Command& command) {
              return preference_->is_hot(*command.request, command.route) && is_not_own(command);
            });
    }
    place(lane, preference_->choose(*lane.nodes, environment_.random()), is_not_own);
  }
}

/// Those that no write of this batch touches, in a lane of their own, if there are any: a replica
/// may not have yet what the primary has executed.
template <class Condition>
Batch::Lane* Batch::take_free_reads(Lane& lane, Condition may_leave) {
  const std::uint32_t shard_lane = commands_[lane.commands.front()].lane;
  KeySet own_writes;
  for (const Command& command : commands_) {
    if (command.lane == shard_lane && command.route.writes) {
      own_writes.add(*command.request, command.route);
    }
  }
  std::vector<std::uint32_t> reads;
  std::erase_if(lane.commands, [&](std::uint32_t i) {
    const Command& command = commands_[i];
    const bool free = !command.route.writes &&
                      !own_writes.conflicts_with(*command.request, command.route) &&
                      may_leave(command);
    if (free) reads.push_back(i);
    return free;
  });
  if (reads.empty()) return nullptr;
  Lane& others = new_lanes_.emplace_back();
  others.nodes = lane.nodes;
  others.view = lane.view;
  others.place = lane.place;
  others.attempts = lane.attempts;
  others.start_at = lane.start_at;
  others.commands = std::move(reads);
  return &others;
}

/// A lane that has left the primary holds nothing but free reads, so all of it moves on.
void Batch::move_free_reads(Lane& lane) {
  if (lane.commands.empty()) return;
  Lane* const reads = take_free_reads(lane, [](const Command&) { return true; });
  if (reads == nullptr) return;
  reads->place = (lane.place + 1) % lane.nodes->size();
  // With its writes gone to another lane, the next node need not be waited for.
  if (static_cast<std::size_t>(reads->attempts) < reads->nodes->size()) {
    reads->start_at = io::Time();
  }
}

/// The reads are sent to another node that answers of late, if there is one and the share allows.
void Batch::add_twin(Lane& lane) {
  lane.hedge_at = io::Time::max();
  if (!abandoned_.ok() || !hedging_->may_hedge()) return;
  for (std::size_t i = 1; i < lane.nodes->size(); ++i) {
    const std::size_t place = (lane.place + i) % lane.nodes->size();
    if ((*lane.nodes)[place]->breaker().is_open()) continue;
    hedging_->note_hedged(lane.commands.size());
    (*lane.nodes)[place]->meter().hedges.add(lane.commands.size());
    Lane& twin = lanes_.emplace_back();
    twin.nodes = lane.nodes;
    twin.view = lane.view;
    twin.place = place;
    twin.attempts = lane.attempts + 1;
    twin.commands = lane.commands;
    twin.is_hedge = true;
    twin.twin = &lane;
    lane.twin = &twin;
    return;
  }
}

bool Batch::is_final(const Lane& lane) const {
  for (std::size_t i = 0; i < lane.calls.size(); ++i) {
    const protocol::Retry retry = commands_[lane.commands[i]].route.retry;
    if (judge(lane.calls[i].answer, retry, policy_) == Verdict::try_again) return false;
  }
  return true;
}

bool Batch::is_superseded(const Lane& lane) const {
  return std::ranges::any_of(superseded_, [&](const Lane& one) { return &one == &lane; });
}

/// Parts a lane that is over from its twin: whose answers are awaited on, or of no use any more.
bool Batch::leaves_it_to_twin(Lane& lane) {
  Lane* const twin = std::exchange(lane.twin, nullptr);
  if (twin == nullptr) return false;
  twin->twin = nullptr;
  if (!is_final(lane)) {
    if (views_ != nullptr) views_->doubt();
    return true;
  }
  if (log_ != nullptr && twin->under_way) log_outrun(*twin);
  superseded_.splice(superseded_.end(), lanes_,
                     std::ranges::find_if(lanes_, [&](const Lane& one) { return &one == twin; }));
  return false;
}

}  // namespace cachekit::routing
