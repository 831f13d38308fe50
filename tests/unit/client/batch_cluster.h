// Two shards of fake nodes, and batches of requests for them.

#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "client/routing/batch.h"
#include "client/routing/run_batch.h"
#include "tests/unit/client/fake_engine.h"
#include "tests/unit/client/replies.h"

namespace cachekit::test {

using namespace routing;

inline NodeList nodes_named(std::initializer_list<const char*> names) {
  NodeList nodes;
  for (const char* name : names) {
    nodes.push_back(std::make_shared<io::Node>(name, topology::NodeAddress{},
                                               io::ConnectionLimits{.alone = 1}));
  }
  return nodes;
}

/// One shard "p" with the replicas "r1" and "r2", and another shard "q".
struct Cluster {
  FakeEngine engine;
  RetryPolicy policy;
  NodeList first = nodes_named({"p", "r1", "r2"});
  NodeList second = nodes_named({"q"});
  std::optional<ReadPreference> preference;
  std::optional<Hedging> hedging;

  /// Runs requests on the first shard; those from number `others` on, on the second.
  std::vector<Result<Value>> run(const std::vector<Request>& requests, std::size_t others = 99) {
    std::vector<Command> commands(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      commands[i].request = &requests[i];
      commands[i].route = *route_by_keys(requests[i]);
      commands[i].lane = i < others ? 0 : 1;
    }
    Batch batch(engine, policy, commands, engine.now() + std::chrono::seconds(1));
    batch.add_lane(first);
    batch.add_lane(second);
    if (preference) batch.prefer(*preference);
    if (hedging) batch.hedge(*hedging);
    run_batch(batch, engine);
    std::vector<Result<Value>> results;
    for (Command& command : commands) results.push_back(std::move(command.result));
    return results;
  }
};

inline Code error_code_of(const Result<Value>& result) {
  return result ? Code::ok : result.error().code();
}

}  // namespace cachekit::test
