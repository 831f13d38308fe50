#include <doctest/doctest.h>
#include <fmt/format.h>

#include "node/tracking/tracking.h"
#include "tests/support/text.h"
#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

TEST_CASE("options that exclude each other are refused in Redis's words") {
  TestNode node;
  Client client(node);
  CHECK(client.send("CLIENT TRACKING maybe\r\n") == "-ERR syntax error\r\n");
  CHECK(client.send("CLIENT TRACKING ON REDIRECT\r\n") == "-ERR syntax error\r\n");
  CHECK(client.send("CLIENT TRACKING ON REDIRECT x\r\n") ==
        "-ERR value is not an integer or out of range\r\n");
  CHECK(client.send("CLIENT TRACKING ON REDIRECT 99\r\n") ==
        "-ERR The client ID you want redirect to does not exist\r\n");
  CHECK(client.send("CLIENT TRACKING ON REDIRECT 1 REDIRECT 1\r\n") ==
        "-ERR A client can only redirect to a single other client\r\n");
  CHECK(client.send("CLIENT TRACKING ON PREFIX a\r\n") ==
        "-ERR PREFIX option requires BCAST mode to be enabled\r\n");
  CHECK(client.send("CLIENT TRACKING ON OPTIN OPTOUT\r\n") ==
        "-ERR You can't specify both OPTIN mode and OPTOUT mode\r\n");
  CHECK(client.send("CLIENT TRACKING ON BCAST OPTIN\r\n") ==
        "-ERR OPTIN and OPTOUT are not compatible with BCAST\r\n");
  CHECK_FALSE(node.node().tracking().active());
}

TEST_CASE("a mode is not switched while tracking is on") {
  TestNode node;
  Client client(node);
  CHECK(client.send("CLIENT TRACKING ON OPTIN\r\n") == "+OK\r\n");
  CHECK(client.send("CLIENT TRACKING ON OPTOUT\r\n")
            .starts_with("-ERR You can't switch OPTIN/OPTOUT mode before disabling"));
  CHECK(client.send("CLIENT TRACKING ON BCAST\r\n")
            .starts_with("-ERR You can't switch BCAST mode on/off before disabling"));
  CHECK(client.send("CLIENT TRACKING OFF\r\nCLIENT TRACKING ON BCAST\r\n") == "+OK\r\n+OK\r\n");
}

TEST_CASE("prefixes of one client do not overlap, and an error is one reply") {
  TestNode node;
  Client client(node);
  // redis-server 7.0 answers +OK behind this error, and takes the prefixes.
  CHECK(client.send("CLIENT TRACKING ON BCAST PREFIX b PREFIX a PREFIX ab\r\n") ==
        "-ERR Prefix 'a' overlaps with another provided prefix 'ab'. Prefixes for a single client "
        "must not overlap.\r\n");
  CHECK(client.send("CLIENT TRACKING ON BCAST PREFIX foo\r\n") == "+OK\r\n");
  CHECK(client.send("CLIENT TRACKING ON BCAST PREFIX fo\r\n") ==
        "-ERR Prefix 'fo' overlaps with an existing prefix 'foo'. Prefixes for a single client "
        "must not overlap.\r\n");
  CHECK(client.send("CLIENT TRACKING ON BCAST PREFIX bar\r\n") == "+OK\r\n");
  CHECK(contains(client.send("CLIENT TRACKINGINFO\r\n"),
                 "$8\r\nprefixes\r\n*2\r\n$3\r\nbar\r\n$3\r\nfoo\r\n"));
}

TEST_CASE("prefixes are bounded in number and size") {
  TestNode node;
  Client client(node);
  for (std::size_t i = 0; i < node::tracking::Tracking::most_prefixes; ++i) {
    REQUIRE(client.send(fmt::format("CLIENT TRACKING ON BCAST PREFIX {:04}\r\n", i)) == "+OK\r\n");
  }
  CHECK(client.send("CLIENT TRACKING ON BCAST PREFIX more\r\n") ==
        "-ERR a client can have 1024 prefixes at most\r\n");
  Client other(node);
  CHECK(other.call({"CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", std::string(40'000, 'x')}) ==
        "-ERR a prefix has 40000 bytes, and no key is longer than 32768\r\n");
}

TEST_CASE("TRACKINGINFO, GETREDIR and CLIENT INFO describe it") {
  TestNode node;
  Client target(node);
  Client client(node);
  CHECK(
      client.send("CLIENT TRACKINGINFO\r\n") ==
      "*6\r\n$5\r\nflags\r\n*1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n$8\r\nprefixes\r\n*0\r\n");
  CHECK(client.send("CLIENT GETREDIR\r\n") == ":-1\r\n");
  client.send("CLIENT TRACKING ON OPTOUT NOLOOP REDIRECT 1\r\nCLIENT CACHING NO\r\n");
  CHECK(client.send("CLIENT TRACKINGINFO\r\n") ==
        "*6\r\n$5\r\nflags\r\n*4\r\n$2\r\non\r\n$6\r\noptout\r\n$10\r\ncaching-no\r\n"
        "$6\r\nnoloop\r\n$8\r\nredirect\r\n:1\r\n$8\r\nprefixes\r\n*0\r\n");
  CHECK(client.send("CLIENT GETREDIR\r\n") == ":1\r\n");
  CHECK(contains(client.send("CLIENT INFO\r\n"), " flags=t "));
  CHECK(contains(client.send("CLIENT INFO\r\n"), " redir=1 "));
  client.send("HELLO 3\r\nCLIENT TRACKING OFF\r\nCLIENT TRACKING ON BCAST\r\n");
  CHECK(client.send("CLIENT TRACKINGINFO\r\n") ==
        "%3\r\n$5\r\nflags\r\n~2\r\n$2\r\non\r\n$5\r\nbcast\r\n$8\r\nredirect\r\n:0\r\n"
        "$8\r\nprefixes\r\n*1\r\n$0\r\n\r\n");
  CHECK(contains(client.send("CLIENT INFO\r\n"), " flags=tB "));
}

TEST_CASE("CACHING is for OPTIN and OPTOUT alone") {
  TestNode node;
  Client client(node);
  CHECK(client.send("CLIENT CACHING YES\r\n")
            .starts_with("-ERR CLIENT CACHING can be called only when the client is in tracking "));
  client.send("CLIENT TRACKING ON OPTIN\r\n");
  CHECK(client.send("CLIENT CACHING perhaps\r\n") == "-ERR syntax error\r\n");
  CHECK(client.send("CLIENT CACHING NO\r\n") ==
        "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.\r\n");
  CHECK(client.send("CLIENT CACHING YES\r\n") == "+OK\r\n");
}

TEST_CASE("INFO counts clients, keys, items and prefixes") {
  TestNode node;
  Client first(node);
  Client second(node);
  Client listener(node);
  first.send("CLIENT TRACKING ON\r\nMGET a b\r\n");
  second.send("CLIENT TRACKING ON\r\nMGET b c\r\n");
  listener.send("CLIENT TRACKING ON BCAST PREFIX x PREFIX y\r\n");
  CHECK(contains(first.send("INFO clients\r\n"), "tracking_clients:3\r\n"));
  const std::string stats = first.send("INFO stats\r\n");
  CHECK(contains(stats, "tracking_total_keys:3\r\n"));
  CHECK(contains(stats, "tracking_total_items:4\r\n"));
  CHECK(contains(stats, "tracking_total_prefixes:2\r\n"));
}

TEST_CASE("CONFIG shows and changes both limits") {
  TestNode node;
  Client client(node);
  CHECK(contains(client.send("CONFIG GET tracking-table-max-keys\r\n"), "$7\r\n1000000\r\n"));
  CHECK(client.send("CONFIG SET tracking-table-max-keys 5\r\n") == "+OK\r\n");
  CHECK(node.node().settings().tracking_table_max_keys == 5);
  CHECK(client.call({"CONFIG", "SET", "client-output-buffer-limit",
                     "normal 1mb 0 0 pubsub 128kb 0 0"}) == "+OK\r\n");
  CHECK(node.node().settings().invalidation_buffer_limit_bytes == 128 << 10);
  CHECK(contains(client.send("CONFIG GET client-output-buffer-limit\r\n"),
                 "normal 1048576 0 0 pubsub 131072 0 0"));
  CHECK(client.call({"CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 0 0"})
            .starts_with("-ERR CONFIG SET failed"));
}

}  // namespace
}  // namespace cachekit::test
