// How a server drives sessions in one turn: all read, all execute, then it does what they ask for.

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "node/session.h"
#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

using node::Actions;

TEST_CASE("sessions read in a row and executed in a row do not disturb each other") {
  TestNode node;
  Client first(node);
  Client second(node);
  node::CommandBatch batches[2];
  first.session().read("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nfi", node.now(), batches[0]);
  second.session().read("SET k second\r\nGET k\r\n", node.now(), batches[1]);
  CHECK(batches[0].commands().empty());
  first.execute();
  second.execute();
  CHECK(second.read_all() == "+OK\r\n$6\r\nsecond\r\n");

  second.session().read("GET k\r\n", node.now(), batches[1]);
  first.session().read("rst\r\n", node.now(), batches[0]);
  first.execute();
  second.execute();
  CHECK(first.read_all() == "+OK\r\n");
  CHECK(second.read_all() == "$5\r\nfirst\r\n");
}

TEST_CASE("what a session asks for does not depend on what was asked for before") {
  TestNode node;
  Client client(node);
  node::CommandBatch batch;
  client.session().read("PING\r\n", node.now(), batch);
  Actions actions;
  actions.send.tail() = "old";
  actions.messages.push_back({.to = 1, .kind = node::Message::Kind::close, .text = "old"});
  actions.wait = Actions::Wait::drained;
  actions.close = node::Close{"old"};
  actions.acknowledges_writes = true;
  client.session().execute(actions);
  CHECK(actions.send.size_bytes() == std::string_view("+PONG\r\n").size());
  CHECK(actions.messages.empty());
  CHECK(actions.wait == Actions::Wait::input);
  CHECK_FALSE(actions.close);
  CHECK_FALSE(actions.acknowledges_writes);
}

TEST_CASE("a turn without replies gives its memory for them back") {
  TestNode node;
  Client client(node);
  client.session().reuse(std::vector<protocol::Segment>{protocol::Segment(std::string(1000, 'x'))});
  const std::size_t spare = node.node().spare_outputs().bytes();
  REQUIRE(spare >= 1000);
  client.send("CLIENT REPLY OFF\r\n");
  client.send("PING\r\n");
  CHECK(node.node().spare_outputs().bytes() == spare);
}

TEST_CASE("what comes after the end is not read") {
  TestNode node;
  Client client(node);
  node::CommandBatch batch;
  client.send("QUIT\r\n");
  client.session().read("SET k v\r\n", node.now(), batch);
  CHECK(batch.commands().empty());
  CHECK(client.executed().close);
  CHECK(Client(node).send("EXISTS k\r\n") == ":0\r\n");
}

}  // namespace
}  // namespace cachekit::test
