// What a batch does about nodes that do not answer, and when it is given up.

#include <doctest/doctest.h>

#include "client/routing/batch.h"
#include "tests/unit/client/batch_cluster.h"

namespace cachekit::routing {
namespace {

using namespace std::chrono_literals;
using namespace cachekit::test;

TEST_CASE("an abandoned batch ends what waits at once, and what is under way when it is settled") {
  Cluster cluster;
  const std::vector<Request> requests{{"GET", "a"}, {"INCR", "b"}};
  std::vector<Command> commands(2);
  for (std::uint32_t i = 0; i < 2; ++i) {
    commands[i].request = &requests[i];
    commands[i].route = *route_by_keys(requests[i]);
    commands[i].lane = i;
  }
  Batch batch(cluster.engine, cluster.policy, commands, cluster.engine.now() + 1s);
  batch.add_lane(cluster.first);
  batch.add_lane(cluster.second);
  batch.begin();
  CHECK(batch.next_start() == io::Time());
  std::vector<io::Job*> jobs;
  const auto launch = [&] { batch.launch([&](io::Job& job) { jobs.push_back(&job); }); };
  launch();
  REQUIRE(jobs.size() == 2);
  CHECK(batch.next_start() == io::Time::max());

  // The increment is refused, and waits; the read is under way.
  jobs[1]->calls[0].answer.failure = Status(Code::unavailable, "no connection");
  batch.settle(*jobs[1]);
  const Status why(Code::cancelled, "enough");
  batch.abandon(why);
  CHECK_FALSE(batch.finished());
  CHECK(error_code_of(commands[1].result) == Code::cancelled);
  jobs[0]->calls[0].answer.kind = io::Answer::Kind::unanswered;
  jobs[0]->calls[0].answer.failure = why;
  batch.settle(*jobs[0]);
  CHECK(batch.finished());
  CHECK(error_code_of(commands[0].result) == Code::cancelled);
}

TEST_CASE(
    "reads pass over a node that has left several without an answer, until a probe is answered") {
  Cluster cluster;
  cluster.engine.script("p", std::deque<FakeEngine::Behaviour>(io::Breaker::failures_to_open,
                                                               cluster.engine.hangs()));
  for (std::uint32_t i = 0; i < io::Breaker::failures_to_open; ++i) {
    CHECK(cluster.run({{"GET", "a"}})[0]);
  }
  const int asked = cluster.engine.jobs_at("p");
  const io::Duration before = cluster.engine.elapsed();
  for (int i = 0; i < 10; ++i) CHECK(cluster.run({{"GET", "a"}})[0]);
  CHECK(cluster.engine.jobs_at("p") == asked);
  CHECK(cluster.engine.elapsed() == before);

  cluster.engine.sleep_until(cluster.engine.now() + io::Breaker::probe_pause);
  for (int i = 0; i < 10; ++i) CHECK(cluster.run({{"GET", "a"}})[0]);
  CHECK(cluster.engine.jobs_at("p") == asked + 10);
}

TEST_CASE("where every node hangs, reads wait for a probe, but not for long; writes are sent") {
  Cluster cluster;
  cluster.engine.set_default(cluster.engine.unreachable());
  for (int i = 0; i < 3; ++i) CHECK_FALSE(cluster.run({{"GET", "x"}}, 0)[0]);
  REQUIRE(cluster.second.front()->breaker().is_open());
  const int asked = cluster.engine.jobs_at("q");
  const io::Duration before = cluster.engine.elapsed();
  // The next one is the probe, and then there is none for a time.
  const auto results = cluster.run({{"GET", "x"}}, 0);
  CHECK(error_code_of(results[0]) == Code::unavailable);
  CHECK(cluster.engine.elapsed() - before <= 4 * io::Breaker::probe_pause);
  CHECK(cluster.engine.jobs_at("q") - asked <= 3);
  const int asked_before_write = cluster.engine.jobs_at("q");
  CHECK_FALSE(cluster.run({{"SET", "x", "1"}}, 0)[0]);
  CHECK(cluster.engine.jobs_at("q") > asked_before_write + 3);
}

TEST_CASE("a node that leaves everything unanswered is asked little more than it is offered") {
  Cluster cluster;
  cluster.policy.retry_same_state = true;
  cluster.policy.max_attempts = 100;
  cluster.engine.set_default([](io::Job& job) {
    for (io::Call& call : job.calls) {
      call.answer = {.kind = io::Answer::Kind::unanswered,
                     .reply = {},
                     .failure = Status(Code::deadline_exceeded, "no answer")};
    }
  });
  constexpr int offered = 2000;
  for (int i = 0; i < offered; ++i) CHECK_FALSE(cluster.run({{"SET", "x", "1"}}, 0)[0]);
  CHECK(cluster.engine.jobs_at("q") <= offered * 1.1);
  CHECK(cluster.engine.jobs_at("q") >= offered * 1.05);

  cluster.policy.retry_share = 1;  // no bound
  cluster.run({{"SET", "x", "1"}}, 0);
  CHECK(cluster.engine.jobs_at("q") >= offered * 1.05 + 20);
}

/// Answers after so long, if that is before the job's own time is over.
FakeEngine::Behaviour takes(FakeEngine& engine, io::Duration duration) {
  return [&engine, duration](io::Job& job) {
    const io::Time answered_at = engine.now() + duration;
    if (answered_at <= job.deadline) {
      engine.executes()(job);
      return engine.sleep_until(answered_at);
    }
    engine.sleep_until(job.deadline);
    for (io::Call& call : job.calls) {
      call.answer = {.kind = io::Answer::Kind::unanswered,
                     .reply = {},
                     .failure = Status(Code::deadline_exceeded, "no answer in time")};
    }
  };
}

/// Whose primary has answered within 100 µs so far.
struct HedgingCluster : Cluster {
  HedgingCluster() {
    for (int i = 0; i < 100; ++i) first.front()->latency().note(100us);
    preference.emplace(ReadPolicy::primary, 5s);
    hedging.emplace(0.05);
  }
};

TEST_CASE("a read that takes long is sent to another node as well; the first is not blamed") {
  HedgingCluster cluster;
  cluster.engine.script("p", {takes(cluster.engine, 20ms)});
  CHECK(cluster.run({{"GET", "a"}})[0]);
  CHECK(cluster.engine.jobs_at("r1") == 1);
  CHECK(cluster.engine.elapsed() == Hedging::shortest_delay);
  CHECK(cluster.engine.abandoned() == 1);
  CHECK(cluster.hedging->hedged() == 1);
  for (int i = 0; i < 9; ++i) {
    cluster.engine.script("p", {takes(cluster.engine, 20ms)});
    CHECK(cluster.run({{"GET", "a"}})[0]);
  }
  CHECK_FALSE(cluster.first.front()->breaker().is_open());
}

TEST_CASE("of two nodes that were asked the first answer counts, whoever gives it") {
  HedgingCluster cluster;
  cluster.engine.script("p", {takes(cluster.engine, 3ms)});
  cluster.engine.script("r1", {takes(cluster.engine, 20ms)});
  CHECK(cluster.run({{"GET", "a"}})[0]);
  CHECK(cluster.engine.elapsed() == 3ms);
  CHECK(cluster.engine.jobs_at("r1") == 1);
  CHECK(cluster.engine.jobs_at("r2") == 0);
  CHECK(cluster.engine.abandoned() == 1);
}

TEST_CASE("a node that was asked as well and fails costs nothing") {
  HedgingCluster cluster;
  cluster.engine.script("p", {takes(cluster.engine, 3ms)});
  cluster.engine.script("r1", {cluster.engine.answers("LOADING the dataset")});
  CHECK(cluster.run({{"GET", "a"}})[0]);
  CHECK(cluster.engine.elapsed() == 3ms);
  CHECK(cluster.engine.jobs_at("r2") == 0);
}

TEST_CASE("if both nodes fail that were asked, the read goes on to the next") {
  HedgingCluster cluster;
  const auto fails = [&](io::Job& job) {
    takes(cluster.engine, 3ms)(job);
    cluster.engine.answers("LOADING the dataset")(job);
  };
  cluster.engine.script("p", {fails});
  cluster.engine.script("r1", {cluster.engine.answers("LOADING the dataset")});
  SUBCASE("the second one first") {}
  SUBCASE("the first one first") { cluster.engine.script("r1", {fails}); }
  CHECK(cluster.run({{"GET", "a"}})[0]);
  CHECK(cluster.engine.jobs_at("p") == 1);
  CHECK(cluster.engine.jobs_at("r1") + cluster.engine.jobs_at("r2") >= 2);
  CHECK(cluster.engine.elapsed() <= 5ms);
}

TEST_CASE("no node that does not answer of late is asked as well") {
  HedgingCluster cluster;
  for (std::uint32_t i = 0; i < io::Breaker::failures_to_open; ++i) {
    cluster.first[1]->breaker().note_failure(cluster.engine.now());
    cluster.first[2]->breaker().note_failure(cluster.engine.now());
  }
  cluster.engine.script("p", {takes(cluster.engine, 20ms)});
  CHECK(cluster.run({{"GET", "a"}})[0]);
  CHECK(cluster.engine.elapsed() == 20ms);
  CHECK(cluster.hedging->hedged() == 0);
}

TEST_CASE("a shard that hangs delays no retry on another") {
  Cluster cluster;
  cluster.policy.max_attempts = 4;
  cluster.first.resize(1);
  io::Time answered;
  const auto answers_now = [&](io::Job& job) {
    answered = cluster.engine.now();
    cluster.engine.executes()(job);
  };
  cluster.engine.script("p", {cluster.engine.hangs()});
  cluster.engine.script("q", {cluster.engine.answers("LOADING the dataset"), answers_now});
  const io::Time start = cluster.engine.now();
  const auto results = cluster.run({{"GET", "a"}, {"GET", "x"}}, 1);
  CHECK(results[0]);
  CHECK(results[1]);
  CHECK(answered - start <= 5ms);  // after the first pause
  CHECK(cluster.engine.elapsed() >= 500ms);
}

TEST_CASE("no more reads are hedged than their share and a burst") {
  HedgingCluster cluster;
  cluster.engine.set_default(takes(cluster.engine, 20ms));
  for (int i = 0; i < 1000; ++i) CHECK(cluster.run({{"GET", "a"}})[0]);
  const auto hedged = static_cast<int>(cluster.hedging->hedged());
  CHECK(hedged <= 50 + Hedging::least_burst);
  CHECK(hedged >= 50);
  CHECK(cluster.engine.jobs_at("p") == 1000);
}

TEST_CASE("a burst of hedged reads is a second's share") {
  Hedging hedging(0.05);
  const io::Time start{std::chrono::hours(1)};
  hedging.note_reads(1000, start);
  hedging.note_reads(1000, start + 1s);
  int burst = 0;
  for (; hedging.may_hedge(); ++burst) hedging.note_hedged(1);
  CHECK(burst == 50);
}

TEST_CASE("neither writes nor what this client has written is hedged") {
  HedgingCluster cluster;
  cluster.engine.set_default(takes(cluster.engine, 20ms));
  CHECK(cluster.run({{"SET", "a", "1"}})[0]);
  CHECK(cluster.run({{"GET", "a"}})[0]);
  CHECK(cluster.engine.jobs_at("p") == 2);
  CHECK(cluster.hedging->hedged() == 0);
  CHECK(cluster.run({{"GET", "b"}})[0]);
  CHECK(cluster.hedging->hedged() == 1);
}

}  // namespace
}  // namespace cachekit::routing
