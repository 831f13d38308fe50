// The reads of a batch that leave their lane: for the node that a read policy chooses, for any node
// if their keys are hot, or for the next one after a failure.

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
  others.is_hedge = lane.is_hedge;
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

}  // namespace cachekit::routing
