#include "client/routing/batch.h"

#include <doctest/doctest.h>

#include "tests/unit/client/batch_cluster.h"

namespace cachekit::routing {
namespace {

using namespace std::chrono_literals;
using namespace cachekit::test;

TEST_CASE("commands are executed in order, in one job for each shard") {
  Cluster cluster;
  const auto results = cluster.run({{"INCR", "a"}, {"INCR", "a"}, {"GET", "a"}, {"INCR", "b"}}, 3);
  CHECK(*results[0] == number(1));
  CHECK(*results[1] == number(2));
  CHECK(*results[2] == Value(std::string("2")));
  CHECK(*results[3] == number(1));
  CHECK(cluster.engine.jobs_at("p") == 1);
  CHECK(cluster.engine.jobs_at("q") == 1);
  CHECK(cluster.engine.elapsed() == 0s);
}

TEST_CASE("a write waits for its primary, with growing pauses") {
  Cluster cluster;
  auto& engine = cluster.engine;
  engine.script("p", {engine.unreachable(), engine.unreachable(), engine.unreachable()});
  const auto results = cluster.run({{"INCR", "a"}});
  CHECK(*results[0] == number(1));
  CHECK(engine.jobs_at("p") == 4);
  CHECK(engine.jobs_at("r1") == 0);
  CHECK(engine.elapsed() == 5ms + 10ms + 20ms);
}

TEST_CASE("a write that finds no primary waits for another one until its deadline") {
  Cluster cluster;
  cluster.engine.set_default(cluster.engine.unreachable());
  const auto results = cluster.run({{"SET", "a", "1"}});
  CHECK(error_code_of(results[0]) == Code::unavailable);
  CHECK(cluster.engine.jobs_at("p") > 8);
  CHECK(cluster.engine.elapsed() >= 900ms);
}

TEST_CASE("a write that was refused all the time is unavailable, however its last attempt ends") {
  Cluster cluster;
  cluster.engine.script("p", {cluster.engine.unreachable(), cluster.engine.never_connects()});
  const auto results = cluster.run({{"SET", "a", "1"}});
  CHECK(error_code_of(results[0]) == Code::unavailable);
  CHECK(results[0].error().message() == "the connection broke (attempt 1)");

  cluster.engine.script("p", {cluster.engine.never_connects()});
  CHECK(error_code_of(cluster.run({{"SET", "a", "1"}})[0]) == Code::deadline_exceeded);
}

TEST_CASE("a write to a shard of one node is unavailable after its attempts") {
  Cluster cluster;
  cluster.first.resize(1);
  cluster.engine.set_default(cluster.engine.unreachable());
  const auto results = cluster.run({{"SET", "a", "1"}});
  CHECK(error_code_of(results[0]) == Code::unavailable);
  CHECK(cluster.engine.jobs_at("p") == 8);
}

TEST_CASE("a lost change is unknown, and is not repeated") {
  Cluster cluster;
  cluster.engine.script("p", {cluster.engine.breaks(0, 1, 1)});
  const auto results = cluster.run({{"INCR", "a"}});
  CHECK(error_code_of(results[0]) == Code::outcome_unknown);
  CHECK(cluster.engine.history() == "INCR a; ");
}

TEST_CASE("a change that hangs is unknown") {
  Cluster cluster;
  cluster.engine.script("p", {cluster.engine.hangs()});
  CHECK(error_code_of(cluster.run({{"INCR", "a"}})[0]) == Code::outcome_unknown);
  CHECK(cluster.engine.elapsed() == 500ms);
}

TEST_CASE("changes to the same state are repeated only by choice") {
  Cluster cluster;
  cluster.engine.script("p", {cluster.engine.breaks(0, 1, 1)});
  CHECK(error_code_of(cluster.run({{"SET", "a", "1"}})[0]) == Code::outcome_unknown);

  cluster.policy.retry_same_state = true;
  cluster.engine.script("p", {cluster.engine.breaks(0, 1, 1)});
  CHECK(error_code_of(cluster.run({{"SET", "a", "1"}})[0]) == Code::ok);
}

TEST_CASE("a repeated change that never succeeds is unknown, not unavailable") {
  Cluster cluster;
  cluster.policy.retry_same_state = true;
  cluster.engine.set_default(cluster.engine.unreachable());
  cluster.engine.script("p", {cluster.engine.breaks(0, 1, 1)});
  CHECK(error_code_of(cluster.run({{"SET", "a", "1"}})[0]) == Code::outcome_unknown);
}

TEST_CASE("a read goes on to the next node at once, and round again after a pause") {
  Cluster cluster;
  auto& engine = cluster.engine;
  engine.data()["a"] = "x";
  engine.script("p", {engine.unreachable(), engine.executes()});
  engine.script("r1", {engine.breaks(0, 0, 1)});
  engine.script("r2", {engine.answers("MASTERDOWN no primary")});
  const auto results = cluster.run({{"GET", "a"}});
  CHECK(*results[0] == Value(std::string("x")));
  CHECK(engine.jobs_at("p") == 2);
  CHECK(engine.elapsed() == 20ms);
}

TEST_CASE("a read whose nodes all hang ends at the deadline") {
  Cluster cluster;
  cluster.engine.set_default(cluster.engine.hangs());
  const auto results = cluster.run({{"GET", "a"}});
  CHECK(error_code_of(results[0]) == Code::deadline_exceeded);
  CHECK(cluster.engine.elapsed() <= 1s);
}

TEST_CASE("refusals are retried, errors are answers") {
  Cluster cluster;
  auto& engine = cluster.engine;
  engine.script("p", {engine.answers("LOADING wait"), engine.answers("TRYAGAIN wait")});
  CHECK(*cluster.run({{"INCR", "a"}})[0] == number(1));

  engine.script("p", {engine.answers("WRONGTYPE no number")});
  CHECK(error_code_of(cluster.run({{"INCR", "a"}})[0]) == Code::wrong_type);
}

TEST_CASE("a broken pipeline: answered, unknown, repeated and never sent, each by itself") {
  Cluster cluster;
  auto& engine = cluster.engine;
  engine.script("p", {engine.breaks(1, 3, 3)});
  const auto results =
      cluster.run({{"INCR", "a"}, {"INCR", "b"}, {"GET", "c"}, {"INCR", "d"}, {"GET", "d"}});
  CHECK(*results[0] == number(1));
  CHECK(error_code_of(results[1]) == Code::outcome_unknown);
  CHECK(*results[2] == Value());
  CHECK(*results[3] == number(1));
  CHECK(*results[4] == Value(std::string("1")));
  CHECK(cluster.engine.history() == "INCR a; INCR b; GET c; GET c; INCR d; GET d; ");
}

TEST_CASE("a read after its own write, executed and answered, does not ask a replica") {
  Cluster cluster;
  auto& engine = cluster.engine;
  engine.script("p", {engine.breaks(1, 2, 2), engine.executes()});
  const auto results = cluster.run({{"SET", "x", "new"}, {"GET", "x"}});
  CHECK(error_code_of(results[0]) == Code::ok);
  CHECK(*results[1] == Value(std::string("new")));
  CHECK(engine.jobs_at("p") == 2);
  CHECK(engine.jobs_at("r1") == 0);
}

TEST_CASE("reads that no write of the batch touches go to replicas, the others keep their order") {
  Cluster cluster;
  auto& engine = cluster.engine;
  engine.data()["x"] = "old";
  engine.script("p", {engine.unreachable(), engine.executes()});
  const auto results = cluster.run({{"GET", "a"}, {"SET", "x", "new"}, {"GET", "x"}});
  CHECK(*results[0] == Value());
  CHECK(error_code_of(results[1]) == Code::ok);
  CHECK(*results[2] == Value(std::string("new")));
  CHECK(engine.jobs_at("r1") == 1);
  CHECK(cluster.engine.history() == "GET a; SET x new; GET x; ");
}

TEST_CASE("a command is not retried past a later one on its key") {
  Cluster cluster;
  cluster.engine.script("p", {[&](io::Job& job) {
                          job.calls[0].answer = {
                              io::Answer::Kind::replied, Value(Value::ErrorText{"TRYAGAIN x"}), {}};
                          job.calls[1].answer = {io::Answer::Kind::replied,
                                                 cluster.engine.execute(*job.calls[1].request),
                                                 {}};
                        }});
  const auto results = cluster.run({{"SET", "a", "1"}, {"SET", "a", "2"}});
  CHECK(error_code_of(results[0]) == Code::unavailable);
  CHECK(error_code_of(results[1]) == Code::ok);
  CHECK(cluster.engine.data()["a"] == "2");
}

TEST_CASE("a lost read is not repeated after a later change of its key") {
  Cluster cluster;
  cluster.engine.script("p", {cluster.engine.breaks(0, 2, 2)});
  const auto results = cluster.run({{"GET", "a"}, {"SET", "a", "2"}, {"GET", "b"}});
  CHECK(error_code_of(results[0]) == Code::unavailable);
  CHECK(error_code_of(results[1]) == Code::outcome_unknown);
  CHECK(error_code_of(results[2]) == Code::ok);
}

TEST_CASE("one shard's failure leaves the other's results alone") {
  Cluster cluster;
  cluster.engine.script("q", {8, cluster.engine.unreachable()});
  const auto results = cluster.run({{"INCR", "a"}, {"INCR", "b"}}, 1);
  CHECK(*results[0] == number(1));
  CHECK(error_code_of(results[1]) == Code::unavailable);
  CHECK(cluster.engine.jobs_at("p") == 1);
}

TEST_CASE("a write with a concern is followed by WAIT, and fails if too few replicas have it") {
  Cluster cluster;
  cluster.policy.write_replicas = 2;
  for (const std::int64_t held : {0, 1, 2}) {
    cluster.engine.script("p", {[&](io::Job& job) {
                            REQUIRE(job.calls.size() == 3);
                            CHECK((*job.calls[2].request)[0] == "WAIT");
                            CHECK((*job.calls[2].request)[1] == "2");
                            for (io::Call& call : job.calls) {
                              call.answer.kind = io::Answer::Kind::replied;
                              call.answer.reply = number(held);
                            }
                          }});
    const auto results = cluster.run({{"INCR", "a"}, {"GET", "b"}});
    CHECK(error_code_of(results[0]) == (held == 2 ? Code::ok : Code::concern_not_met));
    CHECK(error_code_of(results[1]) == Code::ok);
  }
  cluster.engine.script("p", {[&](io::Job& job) { CHECK(job.calls.size() == 1); }});
  cluster.run({{"GET", "b"}});
}

TEST_CASE("a write whose replicas nobody hears of has been executed all the same") {
  Cluster cluster;
  cluster.policy.write_replicas = 1;
  cluster.engine.script("p", {cluster.engine.breaks(1, 1, 2)});
  const auto results = cluster.run({{"INCR", "a"}});
  CHECK(error_code_of(results[0]) == Code::concern_not_met);
  CHECK(cluster.engine.history() == "INCR a; ");
}

TEST_CASE("a read leaves a node that hangs after its attempt's time, if there is another") {
  Cluster cluster;
  std::vector<io::Time> deadlines;
  const auto notes_deadline = [&](io::Job& job) { deadlines.push_back(job.deadline); };
  cluster.engine.script("p", {notes_deadline});
  cluster.engine.script("r1", {notes_deadline});
  cluster.engine.script("r2", {notes_deadline});
  const io::Time began = cluster.engine.now();
  CHECK(*cluster.run({{"GET", "a"}})[0] == Value());
  REQUIRE(deadlines.size() == 3);
  CHECK(deadlines[0] == began + cluster.policy.read_attempt_timeout);
  CHECK(deadlines[1] == began + cluster.policy.read_attempt_timeout);
  CHECK(deadlines[2] == io::Time::max());
}

TEST_CASE("by policy reads go to a replica first, and on to others if that fails") {
  Cluster cluster;
  cluster.preference.emplace(ReadPolicy::prefer_replica, 5s);
  auto& engine = cluster.engine;
  const std::vector<Request> requests{{"GET", "a"}, {"MGET", "a", "b"}};
  cluster.run(requests);
  CHECK(engine.jobs_at("p") == 0);
  CHECK(engine.jobs_at("r1") + engine.jobs_at("r2") == 1);
  engine.script("r1", {engine.unreachable()});
  engine.script("r2", {engine.answers("MASTERDOWN the data of this node may be 6000 ms old")});
  CHECK(error_code_of(cluster.run({{"GET", "a"}})[0]) == Code::ok);
  CHECK(engine.jobs_at("p") == 1);
  CHECK(engine.elapsed() == 0s);
}

TEST_CASE("writes go to the primary whatever the policy, and reads of what they touch with them") {
  Cluster cluster;
  cluster.preference.emplace(ReadPolicy::prefer_replica, 5s);
  const auto results = cluster.run({{"GET", "a"}, {"INCR", "a"}, {"GET", "a"}, {"GET", "b"}});
  CHECK(*results[0] == Value());
  CHECK(*results[2] == Value(std::string("1")));
  CHECK(cluster.engine.jobs_at("p") == 1);
  CHECK(cluster.engine.jobs_at("r1") + cluster.engine.jobs_at("r2") == 1);
}

TEST_CASE("what was written not long ago is read from the primary, and falls back from there") {
  Cluster cluster;
  cluster.preference.emplace(ReadPolicy::prefer_replica, 5s);
  auto& engine = cluster.engine;
  cluster.run({{"SET", "a", "1"}});
  CHECK(engine.jobs_at("p") == 1);
  CHECK(*cluster.run({{"GET", "a"}})[0] == Value(std::string("1")));
  CHECK(engine.jobs_at("p") == 2);
  cluster.run({{"GET", "b"}});
  CHECK(engine.jobs_at("p") == 2);
  engine.script("p", {engine.unreachable()});
  CHECK(*cluster.run({{"GET", "a"}})[0] == Value(std::string("1")));
  CHECK(engine.jobs_at("p") == 3);
  engine.sleep_until(engine.now() + 5s);
  cluster.run({{"GET", "a"}});
  CHECK(engine.jobs_at("p") == 3);
}

}  // namespace
}  // namespace cachekit::routing
