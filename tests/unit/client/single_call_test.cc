// A call of one request is made without a batch, and must do what a batch would. A traced client
// makes batches of all its calls, so two clients that meet the same nodes must end up alike.

#include "client/routing/single_call.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "tests/support/seed.h"
#include "tests/unit/client/observed_cluster.h"

namespace cachekit::test {
namespace {

using namespace std::chrono_literals;

/// How often nodes were asked and what came of it; what a call costs them.
std::string account_of(const ObservedCluster& cluster) {
  std::string account;
  for (const char* name :
       {ObservedCluster::primary, ObservedCluster::replica, ObservedCluster::other}) {
    const NodeStats node = cluster.node(name);
    io::Node& state = *cluster.router->view()->find_node(name);
    account += fmt::format(
        "{}: {} jobs, {} attempts, {} replies, {} unanswered, {} not sent, {} refused, {} errors, "
        "{} retries, {} not granted, breaker opened {} times{}, {} us\n",
        name, cluster.engine->jobs_at(name), node.attempts, node.replies, node.errors.unanswered,
        node.errors.not_sent, node.errors.refused, node.errors.wrong_type, node.retries,
        node.retries_refused, state.breaker().opened(), state.breaker().is_open() ? ", open" : "",
        node.latency.read.maximum() / 1us + node.latency.write.maximum() / 1us);
  }
  const ClientStats calls = cluster.calls();
  for (std::size_t code = 0; code < code_count; ++code) {
    account += fmt::format("{} ", calls.calls[code]);
  }
  return account + fmt::format("in {} us", cluster.engine->elapsed() / 1us);
}

FakeEngine::Behaviour behaviour(FakeEngine& engine, std::uint64_t kind) {
  switch (kind) {
    case 0:
      return engine.unreachable();
    case 1:
      return engine.hangs();
    case 2:
      return engine.answers("LOADING soon");
    case 3:
      return engine.answers("WRONGTYPE no");
    case 4:
      return engine.breaks(0, 1, 1);
    case 5:
      return engine.breaks(0, 0, 1);
    case 6:
      return engine.never_connects();
    default:
      return engine.executes();
  }
}

struct Twins {
  ObservedCluster alone;
  ObservedCluster batched;

  explicit Twins(const ClientOptions& options) : alone(options, false), batched(options, true) {}

  template <class Act>
  void both(Act act) {
    act(alone);
    act(batched);
  }
};

Request random_request(const ObservedCluster& cluster, std::mt19937_64& random) {
  const std::string key = cluster.key(random() % 2, static_cast<int>(random() % 3));
  switch (random() % 5) {
    case 0:
      return {"SET", key, std::to_string(random() % 100)};
    case 1:
      return {"INCR", key};
    case 2:
      return {"DEL", key};
    case 3:
      return {"MGET", key};
    default:
      return {"GET", key};
  }
}

std::string text_of(const Result<Value>& result) {
  return result ? result->text() : result.error().text();
}

TEST_CASE("a single call does what a batch of one does, whatever the nodes do") {
  std::mt19937_64 random(seed());
  const int rounds = std::getenv("CACHEKIT_TEST_LONG") == nullptr ? 25 : 5000;
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t kinds = 2 + random() % 11;  // the fewer, the worse

    Twins twins({.max_attempts = 1 + static_cast<int>(random() % 4),
                 .retry_same_state = random() % 2 == 0,
                 .write_replicas = 0});
    for (int call = 0; call < 100; ++call) {
      for (const char* node :
           {ObservedCluster::primary, ObservedCluster::replica, ObservedCluster::other}) {
        std::vector<std::uint64_t> drawn(random() % 3);
        for (std::uint64_t& one : drawn) one = random() % kinds;
        twins.both([&](ObservedCluster& cluster) {
          std::deque<FakeEngine::Behaviour> script;
          for (const std::uint64_t one : drawn) script.push_back(behaviour(*cluster.engine, one));
          cluster.engine->script(node, script);
        });
      }
      const Request request = random_request(twins.alone, random);
      const std::string alone = text_of(twins.alone.router->call(request));
      const std::string batched = text_of(twins.batched.router->call(request));
      REQUIRE(alone == batched);
      REQUIRE(twins.alone.engine->history() == twins.batched.engine->history());
      REQUIRE(account_of(twins.alone) == account_of(twins.batched));
    }
  }
}

TEST_CASE("a write whose node is replaced meanwhile is not waited for") {
  ObservedCluster cluster({}, false);
  std::optional<std::uint32_t> demotions;
  cluster.engine->set_default([&](io::Job& job) {
    demotions = job.demotions;
    cluster.engine->executes()(job);
  });
  CHECK(cluster.set(cluster.key()) == Code::ok);
  CHECK(demotions == 0);
  CHECK(cluster.get(cluster.key()) == Code::ok);
  CHECK_FALSE(demotions);
}

TEST_CASE("a read that a replica could answer is not waited for long, any other is") {
  ObservedCluster cluster({.read_attempt_timeout = 30ms}, false);
  io::Time deadline;
  cluster.engine->set_default([&](io::Job& job) {
    deadline = job.deadline;
    cluster.engine->executes()(job);
  });
  CHECK(cluster.get(cluster.key(0)) == Code::ok);
  CHECK(deadline == cluster.engine->now() + 30ms);
  CHECK(cluster.get(cluster.key(1)) == Code::ok);
  CHECK(deadline == io::Time::max());
  CHECK(cluster.set(cluster.key(0)) == Code::ok);
  CHECK(deadline == io::Time::max());
}

/// What comes of a call that is abandoned while its first attempt is under way, which then ends so.
Code abandoned(const Request& request, io::Answer::Kind kind) {
  ObservedCluster cluster({}, false);
  FakeEngine& engine = *cluster.engine;
  routing::SingleCall call(cluster.router->terms(), engine, request, engine.now(),
                           engine.now() + 1s);
  call.begin();
  io::Job* const job = call.launch_first();
  REQUIRE(job != nullptr);
  io::Node& node = *job->node;
  const Status why(Code::cancelled, "nobody wants it any more");
  call.abandon(why);
  CHECK_FALSE(call.finished());
  io::Answer& answer = job->calls.front().answer;
  answer.kind = kind;
  if (kind == io::Answer::Kind::replied) {
    answer.reply = Value(Value::SimpleString{"OK"});
  } else {
    answer.failure = why;
  }
  call.settle(*job);
  CHECK(call.finished());
  CHECK_FALSE(node.breaker().is_open());
  return ObservedCluster::code_of(call.result());
}

TEST_CASE("a call that is abandoned is not tried again, and its answer counts if it comes") {
  using Kind = io::Answer::Kind;
  CHECK(abandoned({"GET", "k"}, Kind::unanswered) == Code::cancelled);
  CHECK(abandoned({"GET", "k"}, Kind::not_sent) == Code::cancelled);
  CHECK(abandoned({"GET", "k"}, Kind::replied) == Code::ok);
  CHECK(abandoned({"INCR", "k"}, Kind::unanswered) == Code::outcome_unknown);
  CHECK(abandoned({"INCR", "k"}, Kind::not_sent) == Code::cancelled);
  CHECK(abandoned({"INCR", "k"}, Kind::replied) == Code::ok);
}

TEST_CASE("a call that is abandoned before it begins sends nothing") {
  ObservedCluster cluster({}, false);
  FakeEngine& engine = *cluster.engine;
  const Request request{"GET", "k"};
  routing::SingleCall call(cluster.router->terms(), engine, request, engine.now(),
                           engine.now() + 1s);
  call.begin();
  call.abandon(Status(Code::cancelled, "nobody wants it any more"));
  CHECK(call.finished());
  CHECK(call.launch_first() == nullptr);
  CHECK(ObservedCluster::code_of(call.result()) == Code::cancelled);
}

TEST_CASE("an MGET of one key that is answered with two values is refused") {
  ObservedCluster cluster({}, false);
  cluster.engine->set_default([](io::Job& job) {
    io::Answer& answer = job.calls.front().answer;
    answer.kind = io::Answer::Kind::replied;
    answer.reply = Value(Value::Array(2));
  });
  const auto result = cluster.router->call(Request{"MGET", cluster.key()});
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == Code::protocol_error);
}

}  // namespace
}  // namespace cachekit::test
