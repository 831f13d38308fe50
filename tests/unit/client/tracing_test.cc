// What hooks are told of calls.

#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/unit/client/observed_cluster.h"

namespace cachekit::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a call is told once, with all its attempts") {
  ObservedCluster cluster;
  cluster.engine->script(ObservedCluster::primary, {cluster.engine->hangs()});
  CHECK(cluster.get(cluster.key()) == Code::ok);
  REQUIRE(cluster.told.size() == 1);
  const ToldSpan& span = cluster.told[0];
  CHECK(span.command == "GET");
  CHECK(span.command_class == CommandClass::read);
  CHECK(span.code == Code::ok);
  CHECK(span.duration == 500ms);
  CHECK(span.shard == "s");
  CHECK(span.node == ObservedCluster::replica);
  CHECK(span.keys == 1);
  CHECK_FALSE(span.near_cache);
  CHECK_FALSE(span.pipelined);
  REQUIRE(span.attempts.size() == 2);
  CHECK(span.attempts[0].node == ObservedCluster::primary);
  CHECK(span.attempts[0].code == Code::deadline_exceeded);
  CHECK(span.attempts[0].offset == 0ms);
  CHECK(span.attempts[0].duration == 500ms);
  CHECK(span.attempts[1].node == ObservedCluster::replica);
  CHECK(span.attempts[1].code == Code::ok);
  CHECK(span.attempts[1].offset == 500ms);
}

TEST_CASE("keys are told only if that was asked for") {
  ObservedCluster silent;
  CHECK(silent.get(silent.key()) == Code::ok);
  CHECK(silent.told.at(0).key.empty());
  ClientOptions options;
  options.tracing.tell_keys = true;
  ObservedCluster open(options);
  CHECK(open.get(open.key()) == Code::ok);
  CHECK(open.told.at(0).key == open.key());
}

TEST_CASE("each command of a pipeline is a span with attempts of its own") {
  ObservedCluster cluster;
  cluster.engine->script(ObservedCluster::other, {cluster.engine->answers("ERR no")});
  const std::vector<Request> requests{
      {"SET", cluster.key(), "1"}, {"GET", cluster.key(1)}, {"GET"}, {"GET", cluster.key()}};
  cluster.router->call(requests);
  REQUIRE(cluster.told.size() == 4);
  for (const ToldSpan& span : cluster.told) CHECK(span.pipelined);
  CHECK(cluster.told[0].command == "SET");
  CHECK(cluster.told[0].attempts.at(0).node == ObservedCluster::primary);
  CHECK(cluster.told[1].code == Code::server_error);
  CHECK(cluster.told[1].attempts.at(0).code == Code::server_error);
  CHECK(cluster.told[1].node == ObservedCluster::other);
  CHECK(cluster.told[2].code == Code::invalid_argument);
  CHECK(cluster.told[2].attempts.empty());
  CHECK(cluster.told[3].attempts.size() == 1);
}

TEST_CASE("a command divided among shards is one span with an attempt at each") {
  ObservedCluster cluster;
  CHECK(cluster.router->call(Request{"MGET", cluster.key(), cluster.key(1)}));
  REQUIRE(cluster.told.size() == 1);
  CHECK(cluster.told[0].command == "MGET");
  CHECK(cluster.told[0].keys == 2);
  REQUIRE(cluster.told[0].attempts.size() == 2);
  CHECK(cluster.told[0].attempts[0].shard != cluster.told[0].attempts[1].shard);
}

TEST_CASE("a transaction is told as MULTI, and a command to a node by its name") {
  ObservedCluster cluster;
  cluster.engine->set_default(cluster.engine->answers("ERR no"));
  const std::vector<Request> requests{{"INCR", cluster.key()}};
  CHECK_FALSE(cluster.router->call_transaction(cluster.key(), requests, std::nullopt));
  CHECK_FALSE(cluster.router->call_on(ObservedCluster::other, Request{"INFO"}));
  CHECK_FALSE(cluster.router->call_on("nobody:1", Request{"INFO"}));
  REQUIRE(cluster.told.size() == 3);
  CHECK(cluster.told[0].command == "MULTI");
  CHECK(cluster.told[0].command_class == CommandClass::other);
  CHECK(cluster.told[0].attempts.size() == 1);
  CHECK(cluster.told[1].command == "INFO");
  CHECK(cluster.told[1].node == ObservedCluster::other);
  CHECK(cluster.told[2].code == Code::invalid_argument);
}

TEST_CASE("slow calls are told to whoever wants only those") {
  std::vector<ToldSpan> slow;
  ClientOptions options;
  options.tracing.slow_threshold = 500ms;
  options.tracing.on_slow = [&](const Span& span) { slow.emplace_back(span); };
  ObservedCluster cluster(options, false);
  CHECK(cluster.get(cluster.key()) == Code::ok);
  CHECK(slow.empty());
  cluster.engine->script(ObservedCluster::primary, {cluster.engine->hangs()});
  CHECK(cluster.get(cluster.key()) == Code::ok);
  REQUIRE(slow.size() == 1);
  CHECK(slow[0].attempts.size() == 2);
}

TEST_CASE("what a hook throws is counted, and neither the call nor the other hook suffers") {
  int slow = 0;
  ClientOptions options;
  options.tracing.on_span = [](const Span&) { throw std::runtime_error("a broken exporter"); };
  options.tracing.slow_threshold = 0ms;
  options.tracing.on_slow = [&](const Span&) { ++slow; };
  ObservedCluster cluster(options, false);
  CHECK(cluster.get(cluster.key()) == Code::ok);
  CHECK(cluster.get(cluster.key()) == Code::ok);
  CHECK(slow == 2);
  CHECK(cluster.router->tracer().failures() == 2);
}

TEST_CASE("calls that a hook makes are carried out, counted, and told nobody") {
  int told = 0;
  ObservedCluster* calling = nullptr;
  ClientOptions options;
  options.tracing.on_span = [&](const Span&) {
    ++told;
    CHECK(calling->get(calling->key()) == Code::ok);
  };
  ObservedCluster cluster(options, false);
  calling = &cluster;
  CHECK(cluster.get(cluster.key()) == Code::ok);
  CHECK(told == 1);
  CHECK(cluster.calls().all_calls() == 2);
}

TEST_CASE("a span's begin is a time of the calendar") {
  const auto before = std::chrono::system_clock::now();
  const auto told = metrics::Tracer::calendar_time_of(std::chrono::steady_clock::now());
  const auto after = std::chrono::system_clock::now();
  CHECK(told >= before - 1s);
  CHECK(told <= after + 1s);
}

}  // namespace
}  // namespace cachekit::test
