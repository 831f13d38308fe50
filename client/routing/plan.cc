#include "client/routing/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace cachekit::routing {
namespace {

constexpr std::uint32_t no_lane = std::numeric_limits<std::uint32_t>::max();

Status keys_lie_apart(const ClusterView& view, const Request& request, const Route& route,
                      std::span<const std::uint32_t> shards) {
  const auto other = std::find_if(shards.begin(), shards.end(),
                                  [&](std::uint32_t shard) { return shard != shards.front(); });
  const auto apart = static_cast<std::size_t>(other - shards.begin());
  const auto name = [&](std::size_t key) { return view.topology().shards[shards[key]].name; };
  return Status(
      Code::invalid_argument,
      fmt::format("the keys of {} lie on different shards: '{}' on {}, '{}' on {}; give them one "
                  "{{tag}} to keep them together",
                  request[0], request[key_position(route.keys, 0)], name(0),
                  request[key_position(route.keys, apart)], name(apart)));
}

}  // namespace

Plan::Plan(const ClusterView& view, std::span<const Request> requests) : view_(view) {
  commands_.reserve(requests.size());
  entries_.reserve(requests.size());
  for (const Request& request : requests) {
    Entry& entry = entries_.emplace_back();
    entry.first_command = commands_.size();
    entry.refusal = plan(request, entry);
    entry.commands = commands_.size() - entry.first_command;
  }
}

Status Plan::plan(const Request& request, Entry& entry) {
  const Result<Route> route = route_by_keys(request);
  if (!route) return route.error();
  const std::uint32_t first = view_.shard_of(request[route->keys.first]);
  if (route->keys.count == 1) {
    add_command(request, *route, first);
    return {};
  }
  std::vector<std::uint32_t> shards;
  shards.reserve(route->keys.count);
  for (std::size_t i = 0; i < route->keys.count; ++i) {
    shards.push_back(view_.shard_of(request[key_position(route->keys, i)]));
  }
  if (std::all_of(shards.begin(), shards.end(), [&](auto shard) { return shard == first; })) {
    add_command(request, *route, first);
    return {};
  }
  if (!can_split(*route)) return keys_lie_apart(view_, request, *route, shards);
  return plan_division(request, *route, shards, entry);
}

Status Plan::plan_division(const Request& request, const Route& route,
                           std::span<const std::uint32_t> shards, Entry& entry) {
  Result<std::vector<Part>> parts = split(request, route, shards);
  if (!parts) return parts.error();
  entry.route = route;
  entry.parts = *std::move(parts);
  for (const Part& part : entry.parts) {
    Route of_part = route;
    of_part.keys.count = part.keys.size();
    add_command(part.request, of_part, part.shard);
  }
  return {};
}

void Plan::add_command(const Request& request, const Route& route, std::uint32_t shard) {
  Command& command = commands_.emplace_back();
  command.request = &request;
  command.route = route;
  command.lane = lane_of(shard);
}

std::uint32_t Plan::lane_of(std::uint32_t shard) {
  if (shard_of_lane_.empty()) {
    shard_of_lane_.push_back(shard);
    return 0;
  }
  if (shard == shard_of_lane_.front()) return 0;
  if (lane_of_shard_.empty()) lane_of_shard_.assign(view_.shard_count(), no_lane);
  std::uint32_t& lane = lane_of_shard_[shard];
  if (lane == no_lane) {
    lane = static_cast<std::uint32_t>(shard_of_lane_.size());
    shard_of_lane_.push_back(shard);
  }
  return lane;
}

void Plan::add_lanes(Batch& batch) const {
  for (const std::uint32_t shard : shard_of_lane_) batch.add_lane(view_.nodes_of(shard));
}

Plan::Planned Plan::planned(std::size_t request) const {
  const Entry& entry = entries_[request];
  if (entry.commands == 0) return {.route = nullptr, .first_command = 0, .commands = 0};
  const Route& route = entry.parts.empty() ? commands_[entry.first_command].route : entry.route;
  return {.route = &route, .first_command = entry.first_command, .commands = entry.commands};
}

std::vector<Result<Value>> Plan::results() {
  std::vector<Result<Value>> results;
  results.reserve(entries_.size());
  for (Entry& entry : entries_) results.push_back(result_of(entry));
  return results;
}

Result<Value> Plan::result_of(Entry& entry) {
  if (!entry.refusal.ok()) return tl::unexpected(std::move(entry.refusal));
  if (entry.parts.empty()) {
    Command& command = commands_[entry.first_command];
    return whole_answer(command.route, std::move(command.result));
  }
  std::vector<Result<Value>> answers;
  answers.reserve(entry.commands);
  for (std::size_t i = 0; i < entry.commands; ++i) {
    answers.push_back(std::move(commands_[entry.first_command + i].result));
  }
  return merge(entry.route, entry.parts, answers);
}

}  // namespace cachekit::routing
