// MULTI and EXEC in one job: what is sent, what the answers come to, and when it is sent again.

#include "client/routing/transaction.h"

#include <doctest/doctest.h>

#include <array>
#include <deque>
#include <string>

#include "client/routing/run_batch.h"
#include "tests/unit/client/batch_cluster.h"
#include "tests/unit/client/replies.h"

namespace cachekit::routing {
namespace {

using namespace cachekit::test;
using namespace std::chrono_literals;
using Kind = io::Answer::Kind;

const std::vector<Request> increment{{"INCR", "n"}, {"PEXPIRE", "n", "1000", "NX"}};

const Value counted(Value::Array{number(1), number(1)});

std::shared_ptr<const ClusterView> view_of(std::size_t shards) {
  Topology topology;
  for (std::size_t i = 0; i < shards; ++i) {
    const std::string name = "s" + std::to_string(i);
    topology.shards.push_back({.name = name, .primary = "127.0.0.1:" + std::to_string(7000 + i)});
  }
  return *ClusterView::build(topology, io::ConnectionLimits{.alone = 1});
}

/// So many calls are answered by these, as many more are taken, and the rest are not sent.
FakeEngine::Behaviour gives(std::vector<Value> replies, std::size_t taken = 99) {
  return [replies, taken](io::Job& job) {
    for (std::size_t i = 0; i < job.calls.size(); ++i) {
      io::Answer& answer = job.calls[i].answer;
      if (i < replies.size()) {
        answer = {.kind = Kind::replied, .reply = replies[i], .failure = {}};
      } else {
        answer = {.kind = i < taken ? Kind::unanswered : Kind::not_sent,
                  .reply = {},
                  .failure = Status(Code::unavailable, "the connection broke")};
      }
    }
  };
}

struct TransactionRun {
  FakeEngine engine;
  RetryPolicy policy;
  NodeList nodes = nodes_named({"p"});
  std::vector<std::string> sent;

  Result<Value> run(std::deque<FakeEngine::Behaviour> behaviours,
                    const std::vector<Request>& requests = increment) {
    for (auto& behaviour : behaviours) {
      behaviour = [this, inner = behaviour](io::Job& job) {
        sent.emplace_back();
        for (const io::Call& call : job.calls) (sent.back() += (*call.request)[0]) += ' ';
        CHECK(job.shares == (policy.write_replicas == 0));
        inner(job);
      };
    }
    engine.script("p", std::move(behaviours));
    engine.set_default([](io::Job&) { FAIL("sent more often than expected"); });
    const auto view = view_of(1);
    const auto transaction = Transaction::plan(*view, "n", requests);
    REQUIRE(transaction.has_value());
    std::array<Command, 1> commands;
    commands[0].request = &transaction->keys();
    commands[0].route = transaction->route();
    commands[0].transaction = &*transaction;
    Batch batch(engine, policy, commands, engine.now() + 1s);
    batch.add_lane(nodes);
    run_batch(batch, engine);
    return commands[0].result;
  }
};

const auto executed = gives({simple("OK"), simple("QUEUED"), simple("QUEUED"), counted});

TEST_CASE("a transaction is one job, and its answer is that of EXEC") {
  TransactionRun run;
  CHECK(*run.run({executed}) == counted);
  CHECK(run.sent == std::vector<std::string>{"MULTI INCR PEXPIRE EXEC "});
}

TEST_CASE("a transaction is sent again if EXEC was not, or executed nothing") {
  const auto refused_at_once =
      gives({simple("OK"), error_reply("LOADING data"), error_reply("LOADING data"),
             error_reply("EXECABORT Transaction discarded because of previous errors.")});
  const auto refused_at_exec =
      gives({simple("OK"), simple("QUEUED"), simple("QUEUED"),
             error_reply("EXECABORT Transaction discarded because of: READONLY no primary")});
  for (const auto& first :
       {gives({}, 0), gives({simple("OK")}, 3), refused_at_once, refused_at_exec,
        gives({error_reply("LOADING data"), error_reply("LOADING data"),
               error_reply("LOADING data"), error_reply("LOADING")})}) {
    TransactionRun run;
    CHECK(*run.run({first, executed}) == counted);
    CHECK(run.sent.size() == 2);
  }
}

TEST_CASE("a transaction is never sent again once EXEC may have been executed") {
  for (const std::size_t answered : {0U, 1U, 3U}) {
    TransactionRun run;
    run.policy.retry_same_state = true;
    std::vector<Value> replies{simple("OK"), simple("QUEUED"), simple("QUEUED")};
    replies.resize(answered);
    CHECK(error_code_of(run.run({gives(replies)})) == Code::outcome_unknown);
    CHECK(run.sent.size() == 1);
  }
  // What was executed without MULTI must not be repeated either, though EXEC was never sent.
  TransactionRun run;
  const auto alone = run.run({gives({error_reply("NOPERM no MULTI"), number(1)}, 3)});
  CHECK(error_code_of(alone) == Code::unauthenticated);
  CHECK(run.sent.size() == 1);
}

TEST_CASE("a transaction that only reads may be sent again, to the primary") {
  TransactionRun run;
  run.nodes = nodes_named({"p", "r"});
  const std::vector<Request> reads{{"TIME"}, {"GET", "n"}};
  CHECK(*run.run({gives({simple("OK")}), executed}, reads) == counted);
  CHECK(run.sent.size() == 2);
  CHECK(run.engine.jobs_at("r") == 0);
}

TEST_CASE("what spoils a transaction is told by its own error") {
  TransactionRun run;
  const auto spoilt = run.run({gives({simple("OK"), error_reply("ERR unknown command 'INCR'"),
                                      simple("QUEUED"), error_reply("EXECABORT Transaction")})});
  CHECK(error_code_of(spoilt) == Code::server_error);
  CHECK(spoilt.error().message() == "ERR unknown command 'INCR'");
  TransactionRun other;
  const auto nothing =
      other.run({gives({simple("OK"), simple("QUEUED"), simple("QUEUED"), Value()})});
  CHECK(error_code_of(nothing) == Code::protocol_error);
  TransactionRun third;
  const auto too_few = third.run(
      {gives({simple("OK"), simple("QUEUED"), simple("QUEUED"), Value(Value::Array{number(1)})})});
  CHECK(error_code_of(too_few) == Code::protocol_error);
  CHECK(too_few.error().message() == "EXEC of 2 commands was answered by 1 answers");
}

TEST_CASE("a transaction's write concern") {
  TransactionRun run;
  run.policy.write_replicas = 2;
  const std::vector<Value> replies{simple("OK"), simple("QUEUED"), simple("QUEUED"), counted};
  auto met = replies;
  met.push_back(number(2));
  CHECK(*run.run({gives(met)}) == counted);
  CHECK(run.sent == std::vector<std::string>{"MULTI INCR PEXPIRE EXEC WAIT "});
  auto not_met = replies;
  not_met.push_back(number(1));
  CHECK(error_code_of(run.run({gives(not_met)})) == Code::concern_not_met);
  CHECK(error_code_of(run.run({gives(replies)})) == Code::concern_not_met);
}

TEST_CASE("transactions that make no sense are refused") {
  const auto view = view_of(3);
  const auto refused = [&](std::vector<Request> requests) {
    const auto transaction = Transaction::plan(*view, "n", requests);
    return !transaction && transaction.error().code() == Code::invalid_argument;
  };
  CHECK(refused({}));
  CHECK(refused({{"MULTI"}}));
  CHECK(refused({{"INCR", "n"}, {"EXEC"}}));
  CHECK(refused({Request{"INCR", "n"}.refuse("no")}));
  std::string other = "m";
  while (view->shard_of(other) == view->shard_of("n")) other += "m";
  CHECK(refused({{"INCR", "n"}, {"INCR", other}}));
  CHECK(refused({{"INCR", other}}));
  CHECK(!refused({{"INCR", "n"}, {"TIME"}, {"INCR", "{n}:other"}}));
  const std::vector<Request> reads{{"TIME"}, {"GET", "n"}};
  CHECK(Transaction::plan(*view, "n", reads)->only_reads());
  CHECK(!Transaction::plan(*view, "n", increment)->only_reads());
}

}  // namespace
}  // namespace cachekit::routing
