// Managed nodes as processes, with the test in the place of the agent: what they are ordered, what
// they promise, and when a primary writes.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <vector>

#include "protocol/node_report.h"
#include "tests/conformance/peer.h"

namespace cachekit::conformance {
namespace {

using protocol::LeaseState;
using protocol::NodeReport;
using protocol::NodeRole;

constexpr std::chrono::milliseconds lease{250};

class Managed : public Peer {
 public:
  explicit Managed(Words flags = {}) : Peer(with_managed(std::move(flags))) {}

  NodeReport report() {
    const std::vector<std::string> words = words_of(ask({"CACHEKIT.STATUS"}));
    const auto report =
        protocol::parse_node_report(std::vector<std::string_view>(words.begin(), words.end()));
    REQUIRE_MESSAGE(report, report.error());
    return *report;
  }

  std::string port() { return std::to_string(node.process().endpoint().port); }

  std::string order(int epoch, const Words& role) {
    Words words{"CACHEKIT.ROLE", std::to_string(epoch), report().run_id};
    words.insert(words.end(), role.begin(), role.end());
    return ask(words);
  }
  std::string lead(int epoch) { return order(epoch, {"PRIMARY"}); }
  std::string follow(int epoch, Managed& primary) {
    return order(epoch, {"REPLICA", "127.0.0.1", primary.port()});
  }

  bool is_in_step() {
    const NodeReport now = report();
    return now.role == NodeRole::replica && now.link_up && now.complete;
  }

  std::string promise(int epoch) { return ask({"CACHEKIT.PROMISE", std::to_string(epoch)}); }

 private:
  static Words with_managed(Words flags) {
    flags.emplace_back("--managed");
    return flags;
  }
};

// A primary of epoch 1 and two replicas, in step.
struct Shard {
  Managed primary;
  Managed first;
  Managed second;

  Shard() {
    REQUIRE(primary.lead(1) == "+OK\r\n");
    REQUIRE(first.follow(1, primary) == "+OK\r\n");
    REQUIRE(second.follow(1, primary) == "+OK\r\n");
    REQUIRE(becomes_true([&] { return first.is_in_step() && second.is_in_step(); }));
    REQUIRE(becomes_true([&] { return primary.report().lease == LeaseState::held; }));
  }
};

TEST_CASE("a managed node without an order serves no keys, and nobody follows it") {
  Managed node;
  CHECK(node.ask({"PING"}) == "+PONG\r\n");
  for (const Words& words : std::vector<Words>{{"GET", "a"}, {"SET", "a", "1"}, {"FLUSHALL"}}) {
    CHECK(node.ask(words).starts_with("-LOADING "));
  }
  CHECK(node.ask({"REPLICAOF", "127.0.0.1", "1"}).starts_with("-ERR this node is managed"));
  CHECK(node.ask({"CACHEKIT.FOLLOW", "?", "0", "1", "0"}).starts_with("-STALEEPOCH "));
  CHECK(node.ask({"CACHEKIT.ROLE", "1", "x", "PRIMARY"}).starts_with("-STALERUN "));
  CHECK(node.ask({"CACHEKIT.ROLE", "1", "x", "KING"}).starts_with("-ERR expected"));
  CHECK(node.report().role == NodeRole::none);
}

TEST_CASE("what a probe says of a primary of the past says nothing of the present one") {
  Managed past;  // lives, and is no primary
  Managed present;
  Managed replica;
  REQUIRE(present.lead(2) == "+OK\r\n");
  REQUIRE(replica.follow(1, past) == "+OK\r\n");
  past.node.pause();
  const auto agent = replica.node.connect();
  REQUIRE(agent->send(test::encode_command({"CACHEKIT.PROMISE", "3"})));
  REQUIRE(replica.follow(2, present) == "+OK\r\n");
  past.node.go_on();
  CHECK(agent->read_reply().value_or("nothing").starts_with("-NOPROMISE "));
}

TEST_CASE("a node that is not managed takes no orders") {
  Peer node;
  CHECK(node.ask({"CACHEKIT.ROLE", "1", "x", "PRIMARY"}) == "-ERR this node is not managed\r\n");
  CHECK(node.ask({"CACHEKIT.PROMISE", "1"}) == "-ERR this node is not managed\r\n");
  CHECK(node.ask({"CACHEKIT.HANDOVER", "1"}) == "-ERR this node is not managed\r\n");
}

TEST_CASE("a shard is ordered and replicates") {
  Shard shard;
  CHECK(shard.primary.ask({"SET", "a", "1"}) == "+OK\r\n");
  CHECK(shard.primary.ask({"WAIT", "2", "5000"}) == ":2\r\n");
  CHECK(shard.first.ask({"GET", "a"}) == "$1\r\n1\r\n");
  CHECK(shard.second.ask({"SET", "a", "2"}).starts_with("-READONLY "));
  CHECK(shard.primary.report().replicas.size() == 2);
  CHECK(shard.second.report().data_epoch == 1);
}

TEST_CASE("a primary alone writes without a lease") {
  Managed node;
  REQUIRE(node.order(1, {"PRIMARY", "ALONE"}) == "+OK\r\n");
  CHECK(node.ask({"SET", "a", "1"}) == "+OK\r\n");
  REQUIRE(node.order(1, {"PRIMARY"}) == "+OK\r\n");
  CHECK(node.ask({"SET", "a", "2"}).starts_with("-TRYAGAIN "));
  CHECK(node.ask({"GET", "a"}) == "$1\r\n1\r\n");
}

TEST_CASE("no lease rests on an observer") {
  Managed primary;
  Managed observer;
  REQUIRE(primary.lead(1) == "+OK\r\n");
  REQUIRE(observer.order(1, {"REPLICA", "127.0.0.1", primary.port(), "OBSERVER"}) == "+OK\r\n");
  REQUIRE(becomes_true([&] { return observer.is_in_step(); }));
  REQUIRE(becomes_true([&] { return primary.report().replicas.size() == 1; }));
  CHECK(observer.report().observer);
  CHECK(primary.ask({"SET", "a", "1"}).starts_with("-TRYAGAIN "));
  REQUIRE(observer.follow(1, primary) == "+OK\r\n");
  CHECK(becomes_true([&] { return primary.ask({"SET", "a", "1"}) == "+OK\r\n"; }));
}

TEST_CASE("a primary that no replica answers stops writing, and goes on when one does") {
  Shard shard;
  shard.first.node.pause();
  CHECK(shard.primary.ask({"SET", "a", "1"}) == "+OK\r\n");  // one replica is enough
  shard.second.node.pause();
  CHECK(
      becomes_true([&] { return shard.primary.ask({"SET", "a", "2"}).starts_with("-TRYAGAIN "); }));
  CHECK(shard.primary.report().lease == LeaseState::lapsed);
  CHECK(shard.primary.ask({"GET", "a"}).starts_with("$1\r\n"));
  shard.second.node.go_on();
  CHECK(becomes_true([&] { return shard.primary.ask({"SET", "a", "3"}) == "+OK\r\n"; }));
  shard.first.node.go_on();
}

TEST_CASE("a primary that has long been without a lease answers no reads that must be newer") {
  Shard shard;
  REQUIRE(shard.primary.ask({"SET", "k", "v"}) == "+OK\r\n");
  REQUIRE(shard.primary.ask({"CACHEKIT.STALENESS", "300"}) == "+OK\r\n");
  CHECK(shard.primary.ask({"GET", "k"}) == "$1\r\nv\r\n");
  shard.first.node.pause();
  shard.second.node.pause();
  CHECK(becomes_true([&] { return shard.primary.ask({"GET", "k"}).starts_with("-MASTERDOWN "); }));
  shard.first.node.go_on();
  shard.second.node.go_on();
  CHECK(becomes_true([&] { return shard.primary.ask({"GET", "k"}) == "$1\r\nv\r\n"; }));
}

TEST_CASE("a replica whose primary answers does not give it up") {
  Shard shard;
  CHECK(shard.first.promise(2) == "-NOPROMISE the primary answers\r\n");
  CHECK(shard.first.promise(1).starts_with("-STALEEPOCH "));
  CHECK(shard.primary.promise(2).starts_with("-NOPROMISE "));
  CHECK(shard.first.is_in_step());
}

TEST_CASE("a replica gives up a dead primary at once, and a silent one after the lease") {
  Shard shard;
  SUBCASE("dead") {
    shard.primary.node.process().kill();
    CHECK(shard.first.promise(2) == "+OK\r\n");
  }
  SUBCASE("silent") {
    shard.primary.node.pause();
    const auto began = std::chrono::steady_clock::now();
    CHECK(becomes_true([&] { return shard.first.promise(2) == "+OK\r\n"; }));
    CHECK(std::chrono::steady_clock::now() - began >= lease / 2);  // some heartbeats were under way
    shard.primary.node.go_on();
  }
  CHECK(shard.first.report().promised_epoch == 2);
  CHECK_FALSE(shard.first.report().link_up);
  CHECK(shard.first.promise(2) == "+OK\r\n");         // again, for another agent
  CHECK(shard.first.ask({"GET", "a"}) == "$-1\r\n");  // reads go on
}

// Lets two replicas promise, and one of them lead.
void promote_first(Shard& shard) {
  REQUIRE(becomes_true([&] { return shard.first.promise(2) == "+OK\r\n"; }));
  REQUIRE(becomes_true([&] { return shard.second.promise(2) == "+OK\r\n"; }));
  REQUIRE(shard.first.lead(2) == "+OK\r\n");
  REQUIRE(shard.second.follow(2, shard.first) == "+OK\r\n");
  REQUIRE(becomes_true([&] { return shard.first.ask({"SET", "new", "1"}) == "+OK\r\n"; }));
}

TEST_CASE(
    "a promoted replica has all that was acknowledged, and its sibling goes on without a copy") {
  Shard shard;
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(shard.primary.ask({"SET", fmt::format("key:{}", i), "v"}) == "+OK\r\n");
  }
  REQUIRE(shard.primary.ask({"WAIT", "2", "5000"}) == ":2\r\n");
  shard.primary.node.process().kill();
  promote_first(shard);
  CHECK(becomes_true([&] { return shard.second.ask({"GET", "new"}) == "$1\r\n1\r\n"; }));
  CHECK(shard.first.ask({"DBSIZE"}) == ":1001\r\n");
  CHECK(shard.first.info("sync_full") == "0");
  CHECK(shard.first.info("sync_partial_ok") == "1");
}

TEST_CASE("a paused primary that comes back acknowledges not one write, and follows when ordered") {
  Shard shard;
  const auto client = shard.primary.node.connect();
  shard.primary.node.pause();
  for (int i = 0; i < 100; ++i) REQUIRE(client->send("SET old 1\r\n"));
  promote_first(shard);
  shard.primary.node.go_on();
  for (int i = 0; i < 100; ++i) {
    const auto reply = client->read_reply();
    if (!reply) break;  // what was executed is not answered
    CHECK(reply->starts_with("-TRYAGAIN "));
  }
  CHECK(becomes_true(
      [&] { return shard.primary.ask({"SET", "old", "2"}).starts_with("-TRYAGAIN "); }));
  REQUIRE(shard.primary.follow(2, shard.first) == "+OK\r\n");
  CHECK(becomes_true([&] { return shard.primary.is_in_step(); }));
  CHECK(shard.primary.ask({"GET", "old"}) == "$-1\r\n");
  CHECK(shard.primary.ask({"GET", "new"}) == "$1\r\n1\r\n");
}

TEST_CASE("a primary that comes back empty does not spread its emptiness") {
  Shard shard;
  REQUIRE(shard.primary.ask({"SET", "a", "1"}) == "+OK\r\n");
  REQUIRE(shard.primary.ask({"WAIT", "2", "5000"}) == ":2\r\n");
  const std::string port = shard.primary.port();
  shard.primary.node.process().kill();
  Managed empty({"--port", port});
  SUBCASE("even if somebody orders it to lead the same epoch") {
    REQUIRE(empty.lead(1) == "+OK\r\n");
    CHECK(becomes_true([&] { return empty.info("sync_full") != "0"; }));
    CHECK(shard.first.ask({"GET", "a"}) == "$1\r\n1\r\n");
    CHECK_FALSE(shard.first.is_in_step());
  }
  SUBCASE("and its replicas give it up at once") {
    promote_first(shard);
    REQUIRE(empty.follow(2, shard.first) == "+OK\r\n");
    CHECK(becomes_true([&] { return empty.is_in_step(); }));
    CHECK(empty.ask({"GET", "a"}) == "$1\r\n1\r\n");
  }
}

TEST_CASE("a primary hands over without losing a write") {
  Shard shard;
  REQUIRE(shard.primary.ask({"SET", "a", "1"}) == "+OK\r\n");
  const std::string closed = shard.primary.ask({"CACHEKIT.HANDOVER", "1"});
  REQUIRE(closed.starts_with(":"));
  CHECK(shard.primary.ask({"SET", "a", "2"}).starts_with("-TRYAGAIN "));
  CHECK(shard.primary.ask({"GET", "a"}) == "$1\r\n1\r\n");
  const std::uint64_t offset = std::stoull(closed.substr(1));
  REQUIRE(becomes_true([&] { return shard.first.report().offset == offset; }));
  REQUIRE(shard.first.lead(2) == "+OK\r\n");
  REQUIRE(shard.primary.follow(2, shard.first) == "+OK\r\n");
  CHECK(becomes_true([&] { return shard.first.ask({"SET", "a", "2"}) == "+OK\r\n"; }));
  CHECK(becomes_true([&] { return shard.primary.is_in_step(); }));
  CHECK(shard.first.info("sync_full") == "0");
}

TEST_CASE("a primary that is told to stop waits for its successor") {
  Shard shard;
  shard.primary.node.process().tell_to_stop();
  CHECK(becomes_true([&] { return shard.primary.report().leaving; }));
  CHECK(shard.primary.ask({"SET", "a", "1"}) == "+OK\r\n");
  REQUIRE(shard.first.lead(2) == "+OK\r\n");
  REQUIRE(shard.primary.follow(2, shard.first) == "+OK\r\n");
  shard.primary.node.process().await_end();
}

TEST_CASE("a primary that is told to stop twice does not wait") {
  Shard shard;
  shard.primary.node.process().tell_to_stop();
  REQUIRE(becomes_true([&] { return shard.primary.report().leaving; }));
  const auto began = std::chrono::steady_clock::now();
  shard.primary.node.process().tell_to_stop();
  shard.primary.node.process().await_end();
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(3));
}

TEST_CASE("probes and links authenticate") {
  const Words password{"--requirepass", "secret"};
  Managed primary(password);
  Managed replica(password);
  for (Managed* node : {&primary, &replica}) node->run("AUTH secret");
  REQUIRE(primary.lead(1) == "+OK\r\n");
  REQUIRE(replica.follow(1, primary) == "+OK\r\n");
  REQUIRE(becomes_true([&] { return replica.is_in_step(); }));
  CHECK(replica.promise(2) == "-NOPROMISE the primary answers\r\n");
}

TEST_CASE("a node keeps the newest topology for clients") {
  Managed node;
  CHECK(node.ask({"CACHEKIT.TOPOLOGY", "GET"}) == "$-1\r\n");
  CHECK(node.ask({"CACHEKIT.TOPOLOGY", "SET", "2", "two"}) == "+OK\r\n");
  CHECK(node.ask({"CACHEKIT.TOPOLOGY", "SET", "1", "one"}).starts_with("-STALETOPOLOGY "));
  CHECK(node.ask({"CACHEKIT.TOPOLOGY", "SET", "2", "other"}).starts_with("-STALETOPOLOGY "));
  CHECK(node.ask({"CACHEKIT.TOPOLOGY", "GET"}) == "$3\r\ntwo\r\n");
  CHECK(node.ask({"CACHEKIT.TOPOLOGY", "GET", "1"}) == "$3\r\ntwo\r\n");
  CHECK(node.ask({"CACHEKIT.TOPOLOGY", "GET", "2"}) == "$-1\r\n");
  CHECK(node.ask({"CACHEKIT.TOPOLOGY", "GET", "-2"}).starts_with("-ERR "));
  CHECK(node.ask({"CACHEKIT.TOPOLOGY", "SET", "x", "y"}).starts_with("-ERR "));
  CHECK(node.ask({"CACHEKIT.TOPOLOGY", "FORGET"}).starts_with("-ERR "));
}

TEST_CASE("an unmanaged primary refuses writes for want of replicas") {
  Peer primary({"--min-replicas-to-write", "1", "--min-replicas-max-lag", "1"});
  Peer replica;
  CHECK(primary.ask({"SET", "a", "1"}) == "-NOREPLICAS Not enough good replicas to write.\r\n");
  CHECK(primary.ask({"GET", "a"}) == "$-1\r\n");
  replica.follow(primary);
  CHECK(becomes_true([&] { return primary.ask({"SET", "a", "1"}) == "+OK\r\n"; }));
  replica.node.pause();
  CHECK(becomes_true([&] { return primary.ask({"SET", "a", "2"}).starts_with("-NOREPLICAS "); }));
  CHECK(primary.ask({"CONFIG", "SET", "min-replicas-to-write", "0"}) == "+OK\r\n");
  CHECK(primary.ask({"SET", "a", "3"}) == "+OK\r\n");
  replica.node.go_on();
}

}  // namespace
}  // namespace cachekit::conformance
