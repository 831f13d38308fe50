#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/text.h"
#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

TEST_CASE("every connection has an id of its own") {
  TestNode node;
  Client first(node);
  Client second(node);
  CHECK(first.send("CLIENT ID\r\n") == ":1\r\n");
  CHECK(second.send("CLIENT ID\r\n") == ":2\r\n");
}

TEST_CASE("names are kept, shown, and free of blanks") {
  TestNode node;
  Client client(node);
  CHECK(client.call({"CLIENT", "GETNAME"}) == "$-1\r\n");
  CHECK(client.call({"CLIENT", "SETNAME", "worker"}) == "+OK\r\n");
  CHECK(client.call({"CLIENT", "GETNAME"}) == "$6\r\nworker\r\n");
  CHECK(client.call({"CLIENT", "SETNAME", "a b"}) ==
        "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
  CHECK(client.call({"CLIENT", "SETNAME", ""}) == "+OK\r\n");
  CHECK(client.call({"CLIENT", "GETNAME"}) == "$-1\r\n");
}

TEST_CASE("INFO describes this connection") {
  TestNode node;
  Client client(node, "10.1.2.3:4567");
  client.send("HELLO 3 SETNAME me\r\nCLIENT SETINFO LIB-NAME redis-py\r\nMULTI\r\n");
  client.send("RESET\r\nCLIENT SETNAME me\r\n");
  node.pass_ms(2500);
  const std::string line = client.call({"CLIENT", "INFO"});
  CHECK(contains(line,
                 "id=1 addr=10.1.2.3:4567 laddr=127.0.0.1:7379 fd=9 name=me age=2 idle=0 flags=N"));
  CHECK(contains(line, " cmd=client|info user=default redir=-1 resp=2 lib-name=redis-py lib-ver="));
}

TEST_CASE("SETINFO knows two attributes") {
  TestNode node;
  Client client(node);
  CHECK(client.call({"CLIENT", "SETINFO", "LIB-VER", "4.3"}) == "+OK\r\n");
  CHECK(client.call({"CLIENT", "SETINFO", "lib-name", "a b"}) ==
        "-ERR lib-name cannot contain spaces, newlines or special characters.\r\n");
  CHECK(client.call({"CLIENT", "SETINFO", "COLOUR", "red"}) ==
        "-ERR Unrecognized option 'COLOUR'\r\n");
}

TEST_CASE("LIST shows all connections, or those asked for") {
  TestNode node;
  Client first(node, "127.0.0.1:1");
  Client second(node, "127.0.0.1:2");
  const std::string all = first.send("CLIENT LIST\r\n");
  CHECK(contains(all, "addr=127.0.0.1:1 "));
  CHECK(contains(all, "addr=127.0.0.1:2 "));
  CHECK(first.send("CLIENT LIST TYPE normal\r\n") == all);
  CHECK(first.send("CLIENT LIST TYPE replica\r\n") == "$0\r\n\r\n");
  CHECK(first.send("CLIENT LIST TYPE foo\r\n") == "-ERR Unknown client type 'foo'\r\n");
  CHECK(!contains(first.send("CLIENT LIST ID 2 99\r\n"), "addr=127.0.0.1:1 "));
  CHECK(first.send("CLIENT LIST ID 99\r\n") == "$0\r\n\r\n");
  CHECK(first.send("CLIENT LIST ID a\r\n") == "-ERR Invalid client ID\r\n");
  CHECK(first.send("CLIENT LIST ID\r\n") == "-ERR syntax error\r\n");
  CHECK(first.send("CLIENT LIST foo\r\n") == "-ERR syntax error\r\n");
}

TEST_CASE("KILL tells the other session, and the victim is gone for all that follows") {
  TestNode node;
  Client killer(node, "127.0.0.1:1");
  Client victim(node, "127.0.0.1:2");
  CHECK(killer.send("CLIENT KILL ID 2\r\nCLIENT KILL ID 2\r\nCLIENT LIST ID 2\r\n") ==
        ":1\r\n:0\r\n$0\r\n\r\n");
  REQUIRE(killer.messages.size() == 1);
  CHECK(killer.messages[0].to == 2);
  CHECK(killer.messages[0].kind == node::Message::Kind::close);
  CHECK(!killer.closed);
  victim.deliver(killer.messages[0]);
  REQUIRE(victim.closed);
  CHECK(victim.closed->reason == "killed by connection 1");
}

TEST_CASE("KILL chooses by address, type and user, and spares the asking one") {
  TestNode node;
  Client killer(node, "127.0.0.1:1");
  Client second(node, "127.0.0.1:2");
  Client third(node, "127.0.0.1:3");
  CHECK(killer.send("CLIENT KILL 127.0.0.1:2\r\n") == "+OK\r\n");
  CHECK(killer.send("CLIENT KILL 127.0.0.1:2\r\n") == "-ERR No such client\r\n");
  CHECK(killer.send("CLIENT KILL ADDR 127.0.0.1:9\r\n") == ":0\r\n");
  CHECK(killer.send("CLIENT KILL TYPE pubsub\r\n") == ":0\r\n");
  CHECK(killer.send("CLIENT KILL LADDR 127.0.0.1:7379 USER default TYPE normal\r\n") == ":1\r\n");
  CHECK(killer.messages.size() == 2);
  CHECK(!killer.closed);
}

TEST_CASE("killing oneself answers first") {
  TestNode node;
  Client client(node);
  CHECK(client.send("CLIENT KILL ID 1 SKIPME no\r\nPING\r\n") == ":1\r\n");
  REQUIRE(client.closed);
  CHECK(client.closed->after_flush);
  CHECK(client.messages.empty());
}

TEST_CASE("KILL refuses what it does not know") {
  TestNode node;
  Client client(node);
  CHECK(client.send("CLIENT KILL ID 0\r\n") == "-ERR client-id should be greater than 0\r\n");
  CHECK(client.send("CLIENT KILL ID x\r\n") == "-ERR client-id should be greater than 0\r\n");
  CHECK(client.send("CLIENT KILL TYPE foo\r\n") == "-ERR Unknown client type 'foo'\r\n");
  CHECK(client.send("CLIENT KILL USER bob\r\n") == "-ERR No such user 'bob'\r\n");
  CHECK(client.send("CLIENT KILL SKIPME perhaps\r\n") == "-ERR syntax error\r\n");
  CHECK(client.send("CLIENT KILL ID 9 foo\r\n") == "-ERR syntax error\r\n");
  CHECK(client.send("CLIENT KILL foo bar\r\n") == "-ERR syntax error\r\n");
}

TEST_CASE("REPLY SKIP leaves out the next reply alone") {
  TestNode node;
  Client client(node);
  CHECK(client.send("CLIENT REPLY SKIP\r\nPING a\r\nPING b\r\n") == "$1\r\nb\r\n");
  CHECK(client.send("CLIENT REPLY SKIP\r\nNOSUCH\r\nPING b\r\n") == "$1\r\nb\r\n");
}

TEST_CASE("REPLY OFF silences until ON or RESET") {
  TestNode node;
  Client client(node);
  CHECK(client.send("CLIENT REPLY OFF\r\nSET a 1\r\nNOSUCH\r\nCLIENT REPLY SKIP\r\n").empty());
  CHECK(client.send("CLIENT REPLY ON\r\nGET a\r\n") == "+OK\r\n$1\r\n1\r\n");
  CHECK(client.send("CLIENT REPLY OFF\r\nRESET\r\nPING\r\n") == "+RESET\r\n+PONG\r\n");
  CHECK(client.send("CLIENT REPLY perhaps\r\n") == "-ERR syntax error\r\n");
}

TEST_CASE("subcommands have their own arity, and unknown ones an error") {
  TestNode node;
  Client client(node);
  CHECK(client.send("CLIENT\r\n") == "-ERR wrong number of arguments for 'client' command\r\n");
  CHECK(client.send("CLIENT ID 3\r\n") ==
        "-ERR wrong number of arguments for 'client|id' command\r\n");
  CHECK(client.send("CLIENT foo\r\n") == "-ERR unknown subcommand 'foo'. Try CLIENT HELP.\r\n");
  CHECK(client.send("CLIENT HELP\r\n").starts_with("*27\r\n+CLIENT <subcommand> "));
}

}  // namespace
}  // namespace cachekit::test
