// What agents, replicas and clients hear from one managed node.

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

constexpr auto read_all_keys = "?";

node::Settings managed() {
  node::Settings settings;
  settings.managed = true;
  return settings;
}

struct ManagedNode : TestNode {
  ManagedNode() : TestNode(managed()) {}

  std::string run_id = node().run_id();
  std::string history() { return std::string(node().replication().history_id()); }
  std::string offset() { return std::to_string(node().replication().offset()); }
};

/// An answer to a heartbeat.
std::string acknowledge(Client& replica, const std::string& offset, std::string_view votes) {
  return replica.call({"CACHEKIT.ACK", offset, "5000", "1700000000000", votes, "0", "0"});
}

/// By WAIT for none of them.
std::string replicas_that_have_all(Client& client) { return client.call({"WAIT", "0", "0"}); }

TEST_CASE("an observer never counts for WAIT, not even before its first answer") {
  ManagedNode node;
  Client client(node);
  REQUIRE(client.call({"CACHEKIT.ROLE", "1", node.run_id, "PRIMARY", "ALONE"}) == "+OK\r\n");
  Client first(node);
  first.call({"CACHEKIT.FOLLOW", read_all_keys, "0", "7000", "1"});
  REQUIRE(client.call({"SET", "k", "v"}) == "+OK\r\n");
  Client replica(node);
  REQUIRE(replica.call({"CACHEKIT.FOLLOW", node.history(), node.offset(), "7001", "1"})
              .starts_with("+CONTINUE"));
  CHECK(replicas_that_have_all(client) == ":0\r\n");
  acknowledge(replica, node.offset(), "0");
  CHECK(replicas_that_have_all(client) == ":0\r\n");
  acknowledge(replica, node.offset(), "1");
  CHECK(replicas_that_have_all(client) == ":1\r\n");
}

TEST_CASE(
    "a replica whose copy is on its way holds nothing yet, though nothing has changed since") {
  TestNode node;
  Client client(node);
  client.call({"SET", "k", "v"});
  Client replica(node);
  replica.call({"CACHEKIT.FOLLOW", read_all_keys, "0", "7000", "0"});
  REQUIRE_FALSE(node.node().replication().replica(replica.connection().id)->feed->is_copying());
  CHECK(replicas_that_have_all(client) == ":0\r\n");
  acknowledge(replica, "0", "0");  // half of it has come
  CHECK(replicas_that_have_all(client) == ":0\r\n");
  acknowledge(replica, std::to_string(node.node().replication().offset()), "0");
  CHECK(replicas_that_have_all(client) == ":1\r\n");
}

TEST_CASE("a primary that has served alone, and is told of a lease, was sure of itself until now") {
  ManagedNode node;
  Client client(node);
  client.call({"CACHEKIT.ROLE", "1", node.run_id, "PRIMARY", "ALONE"});
  client.call({"SET", "k", "v"});
  node.pass_ms(60'000);
  client.call({"CACHEKIT.STALENESS", "1000"});
  REQUIRE(client.call({"CACHEKIT.ROLE", "1", node.run_id, "PRIMARY"}) == "+OK\r\n");
  CHECK(client.call({"GET", "k"}) == "$1\r\nv\r\n");
  node.pass_ms(2000);
  CHECK(client.call({"GET", "k"}).starts_with("-MASTERDOWN"));
}

TEST_CASE("who is deposed in the turn of a write does not acknowledge it") {
  ManagedNode node;
  Client agent(node);
  Client client(node);
  agent.call({"CACHEKIT.ROLE", "1", node.run_id, "PRIMARY", "ALONE"});
  const std::string write = encode({"SET", "k", "v"});
  client.session().read(write, node.now(), node.node().batch());
  node::Actions actions = client.executed();
  agent.call({"CACHEKIT.ROLE", "2", node.run_id, "REPLICA", "10.0.0.1", "7000"});
  client.session().confirm(actions);
  CHECK(actions.send.empty());
  CHECK(actions.close);
}

TEST_CASE("who wants no replies is not told that its WAIT is over, whatever has ended it") {
  TestNode node;
  Client client(node);
  const std::string calls = encode({"CLIENT", "REPLY", "OFF"}) + encode({"WAIT", "1", "0"});
  client.session().read(calls, node.now(), node.node().batch());
  client.execute();
  REQUIRE(client.connection().waits());
  node.node().replication().follow({.host = "10.0.0.1", .port = 7000});
  CHECK(client.session().on_wake(node.now()).send.empty());
  CHECK_FALSE(client.connection().waits());
}

}  // namespace
}  // namespace cachekit::test
