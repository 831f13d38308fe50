#include <doctest/doctest.h>
#include <fmt/format.h>

#include "node/commands/subcommands.h"
#include "protocol/command_table.h"
#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

TEST_CASE("TIME tells the clock of the turn") {
  TestNode node;
  Client client(node);
  node.pass_ms(7);
  CHECK(client.send("TIME\r\n") == "*2\r\n$10\r\n1700000000\r\n$4\r\n7000\r\n");
}

TEST_CASE("COMMAND COUNT counts the table") {
  TestNode node;
  Client client(node);
  CHECK(client.send("COMMAND COUNT\r\n") == fmt::format(":{}\r\n", protocol::commands().size()));
  CHECK(
      client.send("COMMAND\r\n").starts_with(fmt::format("*{}\r\n", protocol::commands().size())));
}

TEST_CASE("COMMAND INFO describes a command as Redis does") {
  TestNode node;
  Client client(node);
  CHECK(client.send("COMMAND INFO get nothing\r\n") ==
        "*2\r\n*10\r\n$3\r\nget\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n"
        "*3\r\n+@read\r\n+@string\r\n+@fast\r\n*0\r\n"
        "*1\r\n*6\r\n$5\r\nflags\r\n*2\r\n+RO\r\n+access\r\n"
        "$12\r\nbegin_search\r\n*4\r\n$4\r\ntype\r\n$5\r\nindex\r\n"
        "$4\r\nspec\r\n*2\r\n$5\r\nindex\r\n:1\r\n"
        "$9\r\nfind_keys\r\n*4\r\n$4\r\ntype\r\n$5\r\nrange\r\n$4\r\nspec\r\n"
        "*6\r\n$7\r\nlastkey\r\n:0\r\n$7\r\nkeystep\r\n:1\r\n$5\r\nlimit\r\n:0\r\n"
        "*0\r\n$-1\r\n");
}

TEST_CASE("the commands with subcommands are those that have a table of them") {
  for (const protocol::CommandSpec& spec : protocol::commands()) {
    CAPTURE(spec.name);
    CHECK(node::has_subcommands(spec.id) == !node::subcommands_of(spec.id).empty());
  }
}

TEST_CASE("COMMAND DOCS and LIST") {
  TestNode node;
  Client client(node);
  CHECK(client.send("COMMAND DOCS get nothing\r\n") ==
        "*2\r\n$3\r\nget\r\n*6\r\n$7\r\nsummary\r\n$27\r\nReturns the value of a key.\r\n"
        "$5\r\nsince\r\n$5\r\n1.0.0\r\n$5\r\ngroup\r\n$6\r\nstring\r\n");
  CHECK(client.send("COMMAND LIST FILTERBY PATTERN GETR*\r\n") == "*1\r\n$8\r\ngetrange\r\n");
  CHECK(client.send("COMMAND LIST FILTERBY ACLCAT admin\r\n") ==
        "*8\r\n$12\r\ncachekit.ack\r\n$15\r\ncachekit.follow\r\n$17\r\ncachekit.handover\r\n"
        "$16\r\ncachekit.promise\r\n$13\r\ncachekit.role\r\n$6\r\nconfig\r\n"
        "$9\r\nreplicaof\r\n$7\r\nslaveof\r\n");
  CHECK(client.send("COMMAND LIST FILTERBY MODULE x\r\n") == "*0\r\n");
  CHECK(client.send("COMMAND LIST foo\r\n") == "-ERR syntax error\r\n");
}

TEST_CASE("COMMAND GETKEYS finds the keys of a call") {
  TestNode node;
  Client client(node);
  CHECK(client.send("COMMAND GETKEYS mset a 1 b 2\r\n") == "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  CHECK(client.send("COMMAND GETKEYS object encoding k\r\n") == "*1\r\n$1\r\nk\r\n");
  CHECK(client.send("COMMAND GETKEYS sintercard 2 a b\r\n") == "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  CHECK(client.send("COMMAND GETKEYS nothing a\r\n") == "-ERR Invalid command specified\r\n");
  CHECK(client.send("COMMAND GETKEYS echo a\r\n") == "-ERR The command has no key arguments\r\n");
  CHECK(client.send("COMMAND GETKEYS get a b\r\n") ==
        "-ERR Invalid number of arguments specified for command\r\n");
}

}  // namespace
}  // namespace cachekit::test
