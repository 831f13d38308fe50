// Random pipelines over nodes that fail at random: whatever happens, no change is executed twice,
// results say what happened, and on each key commands take effect in call order.

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

#include "client/routing/batch.h"
#include "client/routing/run_batch.h"
#include "tests/support/seed.h"
#include "tests/unit/client/fake_engine.h"

namespace cachekit::routing {
namespace {

using namespace std::chrono_literals;
using cachekit::test::FakeEngine;

using Random = std::mt19937_64;

Request random_request(Random& random, std::size_t number) {
  const std::string key = "k" + std::to_string(random() % 6);
  switch (random() % 4) {
    case 0:
      return {"SET", key, std::to_string(number)};
    case 1:
      return {"INCR", key};
    case 2:
      return {"DEL", key};
    default:
      return {"GET", key};
  }
}

FakeEngine::Behaviour random_behaviour(FakeEngine& engine, Random& random) {
  return [&](io::Job& job) {
    const std::size_t calls = job.calls.size();
    const std::size_t taken = random() % (calls + 1);
    const std::size_t executed = random() % (taken + 1);
    const std::size_t answered = random() % (executed + 1);
    switch (random() % 6) {
      case 0:
        return engine.unreachable()(job);
      case 1:
        return engine.answers("LOADING wait")(job);
      case 2:
      case 3:
        return engine.breaks(answered, executed, taken)(job);
      case 4:
        for (io::Call& call : job.calls) {
          const bool refuse = random() % 4 == 0;
          call.answer = {
              io::Answer::Kind::replied,
              refuse ? Value(Value::ErrorText{"TRYAGAIN moving"}) : engine.execute(*call.request),
              {}};
        }
        return;
      default:
        return engine.executes()(job);
    }
  };
}

struct OrderedRun {
  std::vector<Request> requests;
  std::vector<Command> commands;
  FakeEngine engine;
  NodeList nodes;

  explicit OrderedRun(Random& random, std::size_t replicas) {
    for (std::size_t i = 0; i <= replicas; ++i) {
      nodes.push_back(std::make_shared<io::Node>("n" + std::to_string(i), topology::NodeAddress{},
                                                 io::ConnectionLimits{.alone = 1}));
    }
    const std::size_t count = 1 + random() % 30;
    for (std::size_t i = 0; i < count; ++i) requests.push_back(random_request(random, i));
    commands.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      commands[i].request = &requests[i];
      commands[i].route = *route_by_keys(requests[i]);
    }
    engine.set_default(random_behaviour(engine, random));
    const RetryPolicy policy;
    Batch batch(engine, policy, commands, engine.now() + 1s);
    batch.add_lane(nodes);
    run_batch(batch, engine);
  }

  std::size_t number_of(const Request* request) const {
    return static_cast<std::size_t>(request - requests.data());
  }
};

void check_changes(const OrderedRun& run) {
  std::map<std::string_view, std::size_t> last_change;
  std::set<const Request*> changes;
  for (const Request* request : run.engine.executed()) {
    if ((*request)[0] == "GET") continue;
    CHECK(changes.insert(request).second);
    const std::string_view key = (*request)[1];
    const std::size_t number = run.number_of(request);
    if (last_change.contains(key)) CHECK(last_change[key] < number);
    last_change[key] = number;
  }
  for (const Command& command : run.commands) {
    if (!command.route.writes) continue;
    const bool executed = changes.contains(command.request);
    if (command.result) CHECK(executed);
    if (!command.result && command.result.error().code() != Code::outcome_unknown) {
      CHECK(!executed);
    }
  }
}

/// Each delivered read saw exactly the executed changes of its key that came before it.
void check_reads(const OrderedRun& run) {
  std::set<const Request*> changed;
  for (const Request* request : run.engine.executed()) changed.insert(request);
  FakeEngine model;
  for (const Command& command : run.commands) {
    if (command.route.writes && changed.contains(command.request)) {
      const Value expected = model.execute(*command.request);
      if (command.result) CHECK(*command.result == expected);
    } else if (!command.route.writes && command.result) {
      CHECK(*command.result == model.execute(*command.request));
    }
  }
}

TEST_CASE("random failures of a shard of one node") {
  Random random(cachekit::test::seed());
  for (int i = 0; i < 3000; ++i) {
    const OrderedRun run(random, 0);
    check_changes(run);
    check_reads(run);
  }
}

TEST_CASE("random failures of a shard with replicas") {
  Random random(cachekit::test::seed() + 1);
  for (int i = 0; i < 3000; ++i) {
    const OrderedRun run(random, 2);
    check_changes(run);
    check_reads(run);
  }
}

}  // namespace
}  // namespace cachekit::routing
