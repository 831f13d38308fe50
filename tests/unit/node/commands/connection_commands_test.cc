#include <doctest/doctest.h>

#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

constexpr std::string_view wrong_password =
    "-WRONGPASS invalid username-password pair or user is disabled.\r\n";

TEST_CASE("PING and ECHO answer") {
  TestNode node;
  Client client(node);
  CHECK(client.call({"PING"}) == "+PONG\r\n");
  CHECK(client.call({"PING", "hi"}) == "$2\r\nhi\r\n");
  CHECK(client.call({"PING", "a", "b"}) == "-ERR wrong number of arguments for 'ping' command\r\n");
  CHECK(client.call({"ECHO", "hi"}) == "$2\r\nhi\r\n");
}

TEST_CASE("AUTH takes the password alone or with the default user") {
  TestNode node(with_password("secret"));
  Client client(node);
  CHECK(client.call({"AUTH", "wrong"}) == wrong_password);
  CHECK(client.call({"AUTH", "secre"}) == wrong_password);
  CHECK(client.call({"AUTH", "secretsecret"}) == wrong_password);
  CHECK(client.call({"AUTH", ""}) == wrong_password);
  CHECK(client.call({"AUTH", "bob", "secret"}) == wrong_password);
  CHECK(client.call({"AUTH", "a", "b", "c"}) == "-ERR syntax error\r\n");
  CHECK(client.call({"AUTH", "default", "secret"}) == "+OK\r\n");
  CHECK(client.call({"PING"}) == "+PONG\r\n");
}

TEST_CASE("AUTH without a configured password says so") {
  TestNode node;
  Client client(node);
  CHECK(client.call({"AUTH", "x"}) ==
        "-ERR AUTH <password> called without any password configured for the default user. Are "
        "you sure your configuration is correct?\r\n");
  CHECK(client.call({"AUTH", "default", "x"}) == "+OK\r\n");
}

TEST_CASE("a password never appears in the log") {
  node::Settings settings = with_password("secret");
  settings.log_level = node::LogLevel::debug;
  TestNode node(settings);
  Client client(node);
  client.call({"AUTH", "sekret"});
  client.call({"AUTH", "secret"});
  REQUIRE(node.log.size() == 1);
  CHECK(node.log[0] == "connection 1 from 127.0.0.1:50000 failed to authenticate");
}

TEST_CASE("a connection made before the password was set stays authenticated until RESET") {
  TestNode node;
  Client client(node);
  CHECK(client.send("CONFIG SET requirepass secret\r\nPING\r\n") == "+OK\r\n+PONG\r\n");
  CHECK(client.send("RESET\r\nPING\r\n") == "+RESET\r\n-NOAUTH Authentication required.\r\n");
}

TEST_CASE("HELLO chooses the protocol and describes the node") {
  TestNode node;
  Client client(node);
  const std::string_view tail =
      "$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n"
      "$7\r\nmodules\r\n*0\r\n";
  const std::string head = "$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n";
  CHECK(client.call({"HELLO"}) == "*14\r\n" + head + "$5\r\nproto\r\n:2\r\n" + std::string(tail));
  CHECK(client.call({"HELLO", "3"}) ==
        "%7\r\n" + head + "$5\r\nproto\r\n:3\r\n" + std::string(tail));
  CHECK(client.call({"GET", "nothing"}) == "_\r\n");
  CHECK(client.call({"HELLO", "2"}).starts_with("*14\r\n"));
  CHECK(client.call({"GET", "nothing"}) == "$-1\r\n");
}

TEST_CASE("HELLO refuses what it does not know, and then changes nothing") {
  TestNode node;
  Client client(node);
  CHECK(client.call({"HELLO", "4"}) == "-NOPROTO unsupported protocol version\r\n");
  CHECK(client.call({"HELLO", "x"}) ==
        "-ERR Protocol version is not an integer or out of range\r\n");
  CHECK(client.call({"HELLO", "3", "foo"}) == "-ERR Syntax error in HELLO option 'foo'\r\n");
  CHECK(client.call({"HELLO", "3", "AUTH", "default"}) ==
        "-ERR Syntax error in HELLO option 'AUTH'\r\n");
  CHECK(client.call({"HELLO", "3", "SETNAME", "a b"}) ==
        "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
  CHECK(client.call({"GET", "nothing"}) == "$-1\r\n");
}

TEST_CASE("HELLO authenticates and names the connection") {
  TestNode node(with_password("secret"));
  Client client(node);
  CHECK(client.call({"HELLO", "3"}).starts_with("-NOAUTH HELLO must be called with the client"));
  CHECK(client.call({"HELLO", "3", "AUTH", "default", "wrong"}) == wrong_password);
  CHECK(client.call({"HELLO", "3", "AUTH", "default", "secret", "SETNAME", "worker"})
            .starts_with("%7\r\n"));
  CHECK(client.call({"CLIENT", "GETNAME"}) == "$6\r\nworker\r\n");
}

TEST_CASE("SELECT knows database 0 alone") {
  TestNode node;
  Client client(node);
  CHECK(client.call({"SELECT", "0"}) == "+OK\r\n");
  CHECK(client.call({"SELECT", "1"}) == "-ERR DB index is out of range\r\n");
  CHECK(client.call({"SELECT", "-1"}) == "-ERR DB index is out of range\r\n");
  CHECK(client.call({"SELECT", "abc"}) == "-ERR value is not an integer or out of range\r\n");
  CHECK(client.call({"SELECT", "99999999999"}) ==
        "-ERR value is out of range, value must between -2147483648 and 2147483647\r\n");
}

TEST_CASE("RESET brings a connection back to its beginning") {
  TestNode node;
  Client client(node);
  client.send("HELLO 3 SETNAME worker\r\nMULTI\r\nSET a 1\r\n");
  CHECK(client.send("RESET\r\n") == "+RESET\r\n");
  CHECK(client.send("EXEC\r\nGET a\r\nCLIENT GETNAME\r\n") ==
        "-ERR EXEC without MULTI\r\n$-1\r\n$-1\r\n");
}

}  // namespace
}  // namespace cachekit::test
