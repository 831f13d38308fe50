// What a replica says to its primary before changes come.

#include "node/replication/link.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

struct DiallingReplica {
  TestNode node;

  DiallingReplica() { node.node().replication().follow({.host = "10.0.0.1", .port = 7000}); }
};

TEST_CASE("a replica tells its primary who it is, and then what data it has") {
  DiallingReplica replica;
  node::replication::Link link(replica.node.node());
  const std::string port = std::to_string(replica.node.node().listening_port());
  CHECK(link.on_connected() == encode({"CACHEKIT.REPLICA", replica.node.node().run_id()}) +
                                   encode({"CACHEKIT.FOLLOW", "?", "0", port, "0"}));
  CHECK(link.on_bytes("+OK\r\n+COPY history 0 0\r\n"));
  CHECK(replica.node.node().replication().primary()->connected);
}

TEST_CASE("a primary that does not want to know who its replica is serves it all the same") {
  DiallingReplica replica;
  node::replication::Link link(replica.node.node());
  link.on_connected();
  CHECK(link.on_bytes("-ERR unknown command 'CACHEKIT.REPLICA'\r\n+COPY history 0 0\r\n"));
  CHECK(replica.node.node().replication().primary()->connected);
}

TEST_CASE("a primary that refuses to be followed is left") {
  DiallingReplica replica;
  node::replication::Link link(replica.node.node());
  link.on_connected();
  CHECK_FALSE(link.on_bytes("+OK\r\n-STALEEPOCH this node is primary of epoch 3\r\n"));
}

TEST_CASE("a replica that copies says that something has come, whenever it has") {
  DiallingReplica replica;
  node::replication::Link link(replica.node.node());
  link.on_connected();
  REQUIRE(link.on_bytes("+OK\r\n+COPY history 5 1\r\n"));
  CHECK(link.on_tick()->find("CACHEKIT.ACK") != std::string::npos);
  CHECK(link.on_tick() == "");
  REQUIRE(link.on_bytes("c"));  // the beginning of a key's frame
  const std::string answer = *link.on_tick();
  CHECK(answer ==
        encode({"CACHEKIT.ACK", "0", "0", "1700000000000", "0",
                std::to_string(replica.node.node().store().lasting_memory_bytes()), "0"}));
  CHECK(link.on_tick() == "");
}

TEST_CASE("a primary knows its replicas' run-ids, if they have told them") {
  TestNode primary;
  Client told(primary);
  CHECK(told.call({"CACHEKIT.REPLICA", "run-1"}) == "+OK\r\n");
  told.call({"CACHEKIT.FOLLOW", "?", "0", "7000", "0"});
  Client silent(primary);
  silent.call({"CACHEKIT.FOLLOW", "?", "0", "7001", "0"});
  auto& replication = primary.node().replication();
  CHECK(replication.replica(told.connection().id)->run_id == "run-1");
  CHECK(replication.replica(silent.connection().id)->run_id.empty());
  CHECK(told.call({"CACHEKIT.REPLICA", ""}).starts_with("-ERR a run-id has"));
}

}  // namespace
}  // namespace cachekit::test
