#include <doctest/doctest.h>

#include "tests/support/text.h"
#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

constexpr std::string_view channel = "__redis__:invalidate";

TEST_CASE("in RESP2 a subscriber may say only what belongs to that") {
  TestNode node;
  Client client(node);
  CHECK(client.send("PING\r\n") == "+PONG\r\n");
  CHECK(client.call({"SUBSCRIBE", channel}) ==
        "*3\r\n$9\r\nsubscribe\r\n$20\r\n__redis__:invalidate\r\n:1\r\n");
  CHECK(client.send("PING\r\n") == "*2\r\n$4\r\npong\r\n$0\r\n\r\n");
  CHECK(client.send("PING me\r\n") == "*2\r\n$4\r\npong\r\n$2\r\nme\r\n");
  CHECK(client.send("CLIENT INFO\r\n") ==
        "-ERR Can't execute 'client|info': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / "
        "RESET are allowed in this context\r\n");
  CHECK(client.send("NOSUCH\r\n").starts_with("-ERR unknown command 'NOSUCH'"));
  CHECK(client.send("GET\r\n").starts_with("-ERR wrong number of arguments for 'get'"));
  CHECK(client.send("UNSUBSCRIBE\r\n") ==
        "*3\r\n$11\r\nunsubscribe\r\n$20\r\n__redis__:invalidate\r\n:0\r\n");
  CHECK(client.send("GET k\r\n") == "$-1\r\n");
}

TEST_CASE("in RESP3 a subscriber goes on as before") {
  TestNode node;
  Client client(node);
  client.send("HELLO 3\r\n");
  CHECK(client.call({"SUBSCRIBE", channel, channel}) ==
        ">3\r\n$9\r\nsubscribe\r\n$20\r\n__redis__:invalidate\r\n:1\r\n"
        ">3\r\n$9\r\nsubscribe\r\n$20\r\n__redis__:invalidate\r\n:1\r\n");
  CHECK(client.send("PING\r\nGET k\r\n") == "+PONG\r\n_\r\n");
  CHECK(contains(client.send("CLIENT INFO\r\n"), "flags=P db=0 sub=1 "));
  CHECK(contains(client.send("CLIENT LIST TYPE pubsub\r\n"), "flags=P "));
  CHECK(contains(client.send("INFO stats\r\n"), "pubsub_channels:1\r\n"));
}

TEST_CASE("other channels and patterns are refused, and leaving them is nothing") {
  TestNode node;
  Client client(node);
  CHECK(client.call({"SUBSCRIBE", channel, "news"}).starts_with("-ERR there is no publish/"));
  CHECK(client.send("PSUBSCRIBE *\r\n").starts_with("-ERR there are no patterns"));
  CHECK(client.send("GET k\r\n") == "$-1\r\n");
  CHECK(client.send("UNSUBSCRIBE\r\n") == "*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n");
  CHECK(
      client.send("UNSUBSCRIBE a b\r\n") ==
      "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:0\r\n");
  CHECK(client.send("PUNSUBSCRIBE\r\n") == "*3\r\n$12\r\npunsubscribe\r\n$-1\r\n:0\r\n");
}

TEST_CASE("RESET ends a subscription and tracking") {
  TestNode node;
  Client client(node);
  client.send("CLIENT TRACKING ON BCAST\r\n");
  client.call({"SUBSCRIBE", channel});
  CHECK(client.send("RESET\r\nPING\r\n") == "+RESET\r\n+PONG\r\n");
  CHECK(client.send("CLIENT GETREDIR\r\n") == ":-1\r\n");
  CHECK_FALSE(node.node().tracking().active());
}

TEST_CASE("what a subscription is answered is no reply, and CLIENT REPLY does not silence it") {
  TestNode node;
  Client client(node);
  client.send("CLIENT REPLY OFF\r\n");
  CHECK(client.call({"SUBSCRIBE", channel}).starts_with("*3\r\n$9\r\nsubscribe"));
  CHECK(client.send("PING\r\n").empty());
}

}  // namespace
}  // namespace cachekit::test
