#include <doctest/doctest.h>

#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

std::string failed(std::string_view name, std::string_view why) {
  return "-ERR CONFIG SET failed (possibly related to argument '" + std::string(name) + "') - " +
         std::string(why) + "\r\n";
}

TEST_CASE("GET answers names, patterns, and each setting once") {
  TestNode node;
  Client client(node);
  CHECK(client.send("CONFIG GET maxmemory\r\n") == "*2\r\n$9\r\nmaxmemory\r\n$1\r\n0\r\n");
  CHECK(
      client.send("CONFIG GET MAXmemory*\r\n") ==
      "*4\r\n$9\r\nmaxmemory\r\n$1\r\n0\r\n$16\r\nmaxmemory-policy\r\n$16\r\nallkeys-adaptive\r\n");
  CHECK(client.send("CONFIG GET timeout tim*\r\n") == "*2\r\n$7\r\ntimeout\r\n$1\r\n0\r\n");
  CHECK(client.send("CONFIG GET nothing\r\n") == "*0\r\n");
  CHECK(client.send("HELLO 3\r\nCONFIG GET nothing\r\n").ends_with("%0\r\n"));
}

TEST_CASE("redis-benchmark's questions have answers") {
  TestNode node;
  Client client(node);
  CHECK(client.send("CONFIG GET save\r\n") == "*2\r\n$4\r\nsave\r\n$0\r\n\r\n");
  CHECK(client.send("CONFIG GET appendonly\r\n") == "*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n");
}

TEST_CASE("SET changes the running node") {
  TestNode node;
  Client client(node);
  CHECK(client.send("CONFIG SET maxmemory 100mb maxmemory-policy noeviction\r\n") == "+OK\r\n");
  CHECK(node.node().store().options().max_memory_bytes == 100 << 20);
  CHECK_FALSE(node.node().store().options().eviction.evicts);
  CHECK(client.send("CONFIG SET timeout 30 loglevel warning maxclients 5\r\n") == "+OK\r\n");
  CHECK(node.node().settings().timeout_s == 30);
  CHECK(node.node().settings().log_level == node::LogLevel::warning);
  CHECK(node.node().settings().max_clients == 5);
  CHECK(client.send("CONFIG SET proto-max-bulk-len 2mb client-query-buffer-limit 3mb\r\n") ==
        "+OK\r\n");
  CHECK(node.node().settings().max_bulk_bytes == 2 << 20);
  CHECK(node.node().settings().query_buffer_limit_bytes == 3 << 20);
  CHECK(client.call({"CONFIG", "SET", "client-output-buffer-limit", "normal 4mb 0 0"}) ==
        "+OK\r\n");
  CHECK(node.node().settings().output_buffer_limit_bytes == 4 << 20);
}

TEST_CASE("all pairs take effect or none") {
  TestNode node;
  Client client(node);
  CHECK(client.send("CONFIG SET maxmemory 100mb timeout x\r\n") ==
        failed("timeout", "argument couldn't be parsed into an integer"));
  CHECK(client.send("CONFIG SET maxmemory 100mb nothere 3\r\n") ==
        "-ERR Unknown option or number of arguments for CONFIG SET - 'nothere'\r\n");
  CHECK(node.node().settings().max_memory_bytes == 0);
}

TEST_CASE("SET refuses in Redis's words") {
  TestNode node;
  Client client(node);
  CHECK(client.send("CONFIG SET maxmemory\r\n") ==
        "-ERR wrong number of arguments for 'config|set' command\r\n");
  CHECK(client.send("CONFIG SET maxmemory 1.5gb\r\n") ==
        failed("maxmemory", "argument must be a memory value"));
  CHECK(client.send("CONFIG SET databases 3\r\n") ==
        failed("databases", "can't set immutable config"));
  CHECK(client.send("CONFIG SET timeout 1 timeout 2\r\n") ==
        failed("timeout", "duplicate parameter"));
  CHECK(client.send("CONFIG SET timeout -1\r\n") ==
        failed("timeout", "argument must be between 0 and 2147483647 inclusive"));
  CHECK(client.send("CONFIG SET loglevel loud\r\n") ==
        failed("loglevel",
               "argument(s) must be one of the following: debug, verbose, notice, warning"));
  CHECK(client.send("CONFIG SET maxclients 99999999\r\n") ==
        failed("maxclients",
               "The operating system is not able to handle the specified number of clients, try "
               "with 1000000"));
  CHECK(client.send("CONFIG SET client-query-buffer-limit 3\r\n") ==
        failed("client-query-buffer-limit",
               "argument must be between 1048576 and 9223372036854775807 inclusive"));
  CHECK(client.call({"CONFIG", "SET", "client-output-buffer-limit", "replica 1mb 0 0"}) ==
        failed("client-output-buffer-limit",
               "Invalid client class specified in buffer limit configuration."));
}

TEST_CASE("RESETSTAT sets the counters back") {
  TestNode node;
  Client client(node);
  client.send("SET a 1\r\nGET a\r\nGET b\r\nNOSUCH\r\n");
  CHECK(client.send("CONFIG RESETSTAT\r\n") == "+OK\r\n");
  CHECK(node.node().statistics().errors.empty());
  CHECK(node.node().store().statistics().keyspace_hits == 0);
  CHECK(node.node().statistics().commands_processed == 1);
}

}  // namespace
}  // namespace cachekit::test
