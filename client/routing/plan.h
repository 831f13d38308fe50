// Which commands a list of requests comes to: each request is one command, or, if its keys lie on
// several shards, one command for each of them, or refused. Pure.
//
// Thread rule: one thread at a time.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cachekit/operation.h"
#include "cachekit/status.h"
#include "client/routing/batch.h"
#include "client/routing/cluster_view.h"
#include "client/routing/split.h"

namespace cachekit::routing {

class Plan {
 public:
  /// The requests and the view must outlive the plan.
  Plan(const ClusterView& view, std::span<const Request> requests);

  /// To be executed, with their lane numbers; see Batch.
  std::span<Command> commands() { return commands_; }
  void add_lanes(Batch& batch) const;

  /// How a request is carried out.
  struct Planned {
    const Route* route;  ///< Null: not at all, it was refused.
    std::size_t first_command;
    std::size_t commands;
  };
  Planned planned(std::size_t request) const;

  /// Once the commands have their results: one result for each request.
  std::vector<Result<Value>> results();

 private:
  /// What became of one request.
  struct Entry {
    std::size_t first_command = 0;
    std::size_t commands = 0;  // none: refused
    Status refusal;
    Route route;              // if divided
    std::vector<Part> parts;  // if divided
  };

  Status plan(const Request& request, Entry& entry);
  Status plan_division(const Request& request, const Route& route,
                       std::span<const std::uint32_t> shards, Entry& entry);
  void add_command(const Request& request, const Route& route, std::uint32_t shard);
  std::uint32_t lane_of(std::uint32_t shard);
  Result<Value> result_of(Entry& entry);

  const ClusterView& view_;
  std::vector<std::uint32_t> shard_of_lane_;
  std::vector<std::uint32_t> lane_of_shard_;  // or no_lane; once there are two lanes
  std::vector<Entry> entries_;  // the parts stay where they are: commands point at them
  std::vector<Command> commands_;
};

}  // namespace cachekit::routing
