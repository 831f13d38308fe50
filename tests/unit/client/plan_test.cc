#include "client/routing/plan.h"

#include <doctest/doctest.h>

#include <string>

#include "client/routing/run_batch.h"
#include "tests/unit/client/fake_engine.h"
#include "tests/unit/client/replies.h"

namespace cachekit::routing {
namespace {

using namespace std::chrono_literals;
using namespace cachekit::test;

std::shared_ptr<const ClusterView> three_shards() {
  Topology topology;
  using namespace cachekit::test;
  for (const char* name : {"s1", "s2", "s3"}) {
    topology.shards.push_back({.name = name, .primary = std::string(name) + ":1"});
  }
  return *ClusterView::build(topology, io::ConnectionLimits{.alone = 1});
}

/// The first key "k0", "k1", … on this shard.
std::string key_on(const ClusterView& view, std::uint32_t shard) {
  for (int i = 0;; ++i) {
    std::string key = "k" + std::to_string(i);
    if (view.shard_of(key) == shard) return key;
  }
}

std::vector<Result<Value>> run(FakeEngine& engine, const ClusterView& view,
                               const std::vector<Request>& requests) {
  const RetryPolicy policy;
  Plan plan(view, requests);
  Batch batch(engine, policy, plan.commands(), engine.now() + 1s);
  plan.add_lanes(batch);
  run_batch(batch, engine);
  return plan.results();
}

TEST_CASE("a view finds shards and nodes") {
  const auto view = three_shards();
  CHECK(view->shard_count() == 3);
  CHECK(view->shard_of("a{tag}b") == view->shard_of("tag"));
  REQUIRE(view->find_node("s2:1") != nullptr);
  CHECK(view->find_node("s2:1")->name() == "s2:1");
  CHECK(view->find_node("s4:1") == nullptr);
}

TEST_CASE("a topology that makes no sense is refused") {
  Topology topology;
  CHECK(ClusterView::build(topology, io::ConnectionLimits{.alone = 1}).error().code() ==
        Code::topology_error);
  topology.shards.push_back({.name = "a", .primary = "nowhere"});
  CHECK(ClusterView::build(topology, io::ConnectionLimits{.alone = 1}).error().code() ==
        Code::topology_error);
}

TEST_CASE("each command goes to the shard of its key") {
  const auto view = three_shards();
  FakeEngine engine;
  const std::string first = key_on(*view, 0);
  const std::string third = key_on(*view, 2);
  const auto results = run(engine, *view, {{"SET", first, "1"}, {"SET", third, "3"}});
  CHECK(results[0].has_value());
  CHECK(results[1].has_value());
  CHECK(engine.jobs_at("s1:1") == 1);
  CHECK(engine.jobs_at("s2:1") == 0);
  CHECK(engine.jobs_at("s3:1") == 1);
}

TEST_CASE("commands on many keys are divided, also within a pipeline, and keep their order") {
  const auto view = three_shards();
  FakeEngine engine;
  const std::string a = key_on(*view, 0);
  const std::string b = key_on(*view, 1);
  const auto results = run(
      engine, *view,
      {{"SET", a, "1"}, {"SET", b, "2"}, {"MGET", b, "none", a}, {"DEL", a, b}, {"MGET", a, b}});
  CHECK(*results[2] == Value(Value::Array{text("2"), Value(), text("1")}));
  CHECK(*results[3] == Value(std::int64_t{2}));
  CHECK(*results[4] == Value(Value::Array{Value(), Value()}));
}

TEST_CASE("keys that must stay together and do not are refused with advice") {
  const auto view = three_shards();
  FakeEngine engine;
  const std::string a = key_on(*view, 0);
  const std::string b = key_on(*view, 1);
  const auto results = run(engine, *view, {{"RENAME", a, b}, {"SET", a, "1"}});
  REQUIRE(!results[0].has_value());
  CHECK(results[0].error().code() == Code::invalid_argument);
  CHECK(results[0].error().message() == "the keys of RENAME lie on different shards: '" + a +
                                            "' on s1, '" + b +
                                            "' on s2; give them one {tag} to keep them together");
  CHECK(results[1].has_value());
}

TEST_CASE("refused requests cost no traffic, and an empty list none either") {
  const auto view = three_shards();
  FakeEngine engine;
  CHECK(run(engine, *view, {{"PING"}})[0].error().code() == Code::invalid_argument);
  CHECK(run(engine, *view, {}).empty());
  CHECK(engine.executed().empty());
}

TEST_CASE("a divided write that one shard missed is unknown") {
  const auto view = three_shards();
  FakeEngine engine;
  engine.script("s2:1", {8, engine.unreachable()});
  const auto results = run(engine, *view, {{"DEL", key_on(*view, 0), key_on(*view, 1)}});
  CHECK(results[0].error().code() == Code::outcome_unknown);
}

}  // namespace
}  // namespace cachekit::routing
