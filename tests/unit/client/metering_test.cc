// What is counted of calls and of their attempts.

#include <doctest/doctest.h>

#include "tests/unit/client/observed_cluster.h"

namespace cachekit::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("calls are counted by their result and their class") {
  ObservedCluster cluster;
  CHECK(cluster.set(cluster.key()) == Code::ok);
  CHECK(cluster.get(cluster.key()) == Code::ok);
  CHECK(cluster.get(cluster.key(1)) == Code::ok);
  CHECK_FALSE(cluster.router->call(Request{"GET"}));
  const ClientStats stats = cluster.calls();
  CHECK(stats.calls_with(Code::ok) == 3);
  CHECK(stats.calls_with(Code::invalid_argument) == 1);
  CHECK(stats.all_calls() == 4);
  CHECK(stats.call_latency.read.count() == 3);
  CHECK(stats.call_latency.write.count() == 1);
  CHECK(stats.call_latency.other.count() == 0);
}

TEST_CASE("a call counts as long as all of it, an attempt as long as itself") {
  ObservedCluster cluster;
  cluster.engine->script(ObservedCluster::primary, {cluster.engine->hangs()});
  CHECK(cluster.get(cluster.key()) == Code::ok);
  CHECK(cluster.calls().call_latency.read.maximum() == 500ms);
  CHECK(cluster.node(ObservedCluster::replica).latency.read.maximum() == 0ms);
  CHECK(cluster.node(ObservedCluster::primary).latency.read.count() == 0);
}

TEST_CASE("what a node leaves unanswered is counted there, and the retry where it is made") {
  ObservedCluster cluster;
  cluster.engine->script(ObservedCluster::primary, {cluster.engine->hangs()});
  CHECK(cluster.get(cluster.key()) == Code::ok);
  const NodeStats primary = cluster.node(ObservedCluster::primary);
  CHECK(primary.attempts == 1);
  CHECK(primary.replies == 0);
  CHECK(primary.errors.unanswered == 1);
  CHECK(primary.retries == 0);
  const NodeStats replica = cluster.node(ObservedCluster::replica);
  CHECK(replica.attempts == 1);
  CHECK(replica.replies == 1);
  CHECK(replica.retries == 1);
  CHECK(replica.hedges == 0);
}

TEST_CASE("errors are counted by their kind") {
  ObservedCluster cluster;
  FakeEngine& engine = *cluster.engine;
  engine.script(ObservedCluster::other, {engine.answers("WRONGTYPE no"), engine.answers("OOM full"),
                                         engine.answers("NOAUTH who"), engine.answers("ERR what"),
                                         engine.unreachable(), engine.answers("LOADING soon")});
  const std::string key = cluster.key(1);
  CHECK(cluster.get(key) == Code::wrong_type);
  CHECK(cluster.get(key) == Code::out_of_memory);
  CHECK(cluster.get(key) == Code::unauthenticated);
  CHECK(cluster.get(key) == Code::server_error);
  CHECK(cluster.get(key) == Code::ok);
  const NodeStats node = cluster.node(ObservedCluster::other);
  CHECK(node.errors.wrong_type == 1);
  CHECK(node.errors.out_of_memory == 1);
  CHECK(node.errors.unauthenticated == 1);
  CHECK(node.errors.other == 1);
  CHECK(node.errors.not_sent == 1);
  CHECK(node.errors.refused == 1);
  CHECK(node.retries == 2);
  CHECK(node.replies == 6);
  CHECK(node.attempts == 7);
}

TEST_CASE("a hedge is told from a retry") {
  ObservedCluster cluster({.hedge_share = 1});
  cluster.engine->script(ObservedCluster::primary, {cluster.engine->hangs()});
  CHECK(cluster.get(cluster.key()) == Code::ok);
  const NodeStats replica = cluster.node(ObservedCluster::replica);
  CHECK(replica.hedges == 1);
  CHECK(replica.hedges_won == 1);
  CHECK(replica.retries == 0);
  REQUIRE(cluster.told.size() == 1);
  CHECK(cluster.told[0].hedged);
  REQUIRE(cluster.told[0].attempts.size() == 2);
  CHECK_FALSE(cluster.told[0].attempts[0].hedged);
  CHECK(cluster.told[0].attempts[0].code == Code::cancelled);
  CHECK(cluster.told[0].attempts[1].hedged);
}

TEST_CASE("what a retry budget forbids is counted") {
  ObservedCluster cluster({.total_timeout = 60s, .retry_share = 0}, false);
  cluster.engine->set_default(cluster.engine->breaks(0, 0, 9));
  for (int i = 0; i < 100; ++i) CHECK(cluster.get(cluster.key(1)) == Code::unavailable);
  const NodeStats node = cluster.node(ObservedCluster::other);
  CHECK(node.retries_refused > 0);
  CHECK(node.retries <= 10);
}

TEST_CASE("a breaker counts how often it has opened") {
  io::Breaker breaker;
  const io::Time now(1h);
  for (int round = 1; round <= 2; ++round) {
    for (std::uint32_t i = 0; i < 2 * io::Breaker::failures_to_open; ++i) breaker.note_failure(now);
    CHECK(breaker.opened() == static_cast<std::uint64_t>(round));
    breaker.note_answer();
  }
}

TEST_CASE("each command of a pipeline counts, at each of its nodes") {
  ObservedCluster cluster;
  const std::vector<Request> requests{
      {"SET", cluster.key(), "1"}, {"GET", cluster.key()}, {"GET", cluster.key(1)}, {"DEL"}};
  cluster.router->call(requests);
  CHECK(cluster.calls().all_calls() == 4);
  CHECK(cluster.calls().calls_with(Code::invalid_argument) == 1);
  CHECK(cluster.calls().call_latency.write.count() == 2);
  CHECK(cluster.node(ObservedCluster::primary).latency.write.count() == 1);
  CHECK(cluster.node(ObservedCluster::primary).latency.read.count() == 1);
  CHECK(cluster.node(ObservedCluster::other).latency.read.count() == 1);
}

TEST_CASE("a change of the topology is counted, and its nodes keep what they have counted") {
  ObservedCluster cluster;
  CHECK(cluster.get(cluster.key()) == Code::ok);
  Topology next = cluster.router->view()->topology();
  next.version = 2;
  CHECK(cluster.router->take(next));
  CHECK(cluster.router->changes() == 1);
  CHECK(cluster.router->take(next));
  CHECK(cluster.router->changes() == 1);
  CHECK(cluster.node(ObservedCluster::primary).replies == 1);
}

ClientOptions spreading() {
  ClientOptions options;
  options.hot_keys.spread_reads = true;
  options.hot_keys.hot_reads_per_second = 50;
  return options;
}

// Reads the key often enough for that.
void heat(ObservedCluster& cluster, const std::string& key) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 500; ++i) CHECK(cluster.get(key) == Code::ok);
    cluster.engine->sleep_until(cluster.engine->now() + 200ms);
  }
}

TEST_CASE("a hot key is read from any node of its shard, a cold one from the primary alone") {
  ObservedCluster cluster(spreading(), false);
  const std::string hot = cluster.key();
  heat(cluster, hot);
  const std::uint64_t before = cluster.node(ObservedCluster::replica).replies;
  CHECK(before > 0);
  CHECK(cluster.get(cluster.key(0, 1)) == Code::ok);
  CHECK(cluster.node(ObservedCluster::replica).replies == before);
  // The fake engine's chance always chooses the second of two.
  CHECK(cluster.get(hot) == Code::ok);
  CHECK(cluster.node(ObservedCluster::replica).replies == before + 1);
}

TEST_CASE("a hot key that this client has written is read from the primary until max_staleness") {
  ObservedCluster cluster(spreading(), false);
  const std::string hot = cluster.key();
  heat(cluster, hot);
  CHECK(cluster.set(hot) == Code::ok);
  const std::uint64_t before = cluster.node(ObservedCluster::replica).replies;
  CHECK(cluster.get(hot) == Code::ok);
  CHECK(cluster.node(ObservedCluster::replica).replies == before);
  cluster.engine->sleep_until(cluster.engine->now() + ClientOptions().max_staleness);
  CHECK(cluster.get(hot) == Code::ok);
  CHECK(cluster.node(ObservedCluster::replica).replies == before + 1);
}

TEST_CASE("hot keys stay at the primary unless they are to be spread") {
  ObservedCluster cluster({}, false);
  heat(cluster, cluster.key());
  CHECK(cluster.node(ObservedCluster::replica).attempts == 0);
  CHECK(cluster.router->hot_keys()->top(cluster.engine->now())[0].key == cluster.key());
}

}  // namespace
}  // namespace cachekit::test
