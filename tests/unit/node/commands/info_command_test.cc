#include <doctest/doctest.h>

#include "tests/support/text.h"
#include "tests/unit/node/conversation.h"

namespace cachekit::test {
namespace {

TEST_CASE("INFO prints the default sections in Redis's order") {
  TestNode node;
  Client client(node);
  const std::string text = client.send("INFO\r\n");
  std::size_t position = 0;
  for (const std::string_view title :
       {"# Server", "# Clients", "# Memory", "# Persistence", "# Stats", "# Replication", "# CPU",
        "# Errorstats", "# Cluster", "# Keyspace"}) {
    const std::size_t found = text.find(title, position);
    REQUIRE(found != std::string::npos);
    position = found;
  }
  CHECK(!contains(text, "# Commandstats"));
}

TEST_CASE("INFO prints the sections asked for") {
  TestNode node;
  Client client(node);
  CHECK(client.send("INFO keyspace\r\n") == "$12\r\n# Keyspace\r\n\r\n");
  CHECK(client.send("INFO nothing\r\n") == "$0\r\n\r\n");
  CHECK(contains(client.send("INFO all\r\n"), "# Commandstats\r\n"));
  CHECK(contains(client.send("INFO everything\r\n"), "# Commandstats\r\n"));
  const std::string two = client.send("INFO CPU cluster\r\n");
  CHECK(contains(two, "# CPU\r\n"));
  CHECK(contains(two, "# Cluster\r\n"));
  CHECK(!contains(two, "# Server"));
}

TEST_CASE("the fields that exporters read are there") {
  TestNode node;
  Client client(node);
  node.pass_ms(90'061'000);
  const std::string text = client.send("INFO\r\n");
  for (const std::string_view field : {"redis_version:7.0.15\r\n",
                                       "cachekit_version:",
                                       "redis_mode:standalone\r\n",
                                       "process_id:",
                                       "run_id:aaaaaaaa",
                                       "tcp_port:7379\r\n",
                                       "uptime_in_seconds:90061\r\n",
                                       "uptime_in_days:1\r\n",
                                       "connected_clients:1\r\n",
                                       "maxclients:10000\r\n",
                                       "used_memory:",
                                       "used_memory_rss:",
                                       "used_memory_peak:",
                                       "maxmemory:0\r\n",
                                       "maxmemory_policy:allkeys-adaptive\r\n",
                                       "total_connections_received:1\r\n",
                                       "total_commands_processed:",
                                       "instantaneous_ops_per_sec:",
                                       "total_net_input_bytes:6\r\n",
                                       "expired_keys:0\r\n",
                                       "evicted_keys:0\r\n",
                                       "keyspace_hits:0\r\n",
                                       "keyspace_misses:0\r\n",
                                       "role:master\r\n",
                                       "connected_slaves:0\r\n",
                                       "used_cpu_sys:"}) {
    CHECK_MESSAGE(contains(text, field), field);
  }
}

TEST_CASE("keys, hits and errors are counted") {
  TestNode node;
  Client client(node);
  client.send("SET a 1\r\nSET b 1 EX 100\r\nGET a\r\nGET x\r\nNOSUCH\r\n");
  CHECK(contains(client.send("INFO keyspace\r\n"), "db0:keys=2,expires=1,avg_ttl=0\r\n"));
  const std::string stats = client.send("INFO stats\r\n");
  CHECK(contains(stats, "keyspace_hits:1\r\n"));
  CHECK(contains(stats, "keyspace_misses:1\r\n"));
  CHECK(contains(stats, "total_error_replies:1\r\n"));
  CHECK(contains(client.send("INFO errorstats\r\n"), "errorstat_ERR:count=1\r\n"));
  CHECK(contains(client.send("INFO commandstats\r\n"), "cmdstat_get:calls=2,"));
}

TEST_CASE("what expires and what is evicted is counted from the effects") {
  node::Settings settings;
  settings.max_memory_bytes = 1 << 20;
  TestNode node(settings);
  Client client(node);
  client.send("SET a 1 PX 100\r\n");
  node.pass_ms(200);
  client.send("GET a\r\n");
  CHECK(contains(client.send("INFO stats\r\n"), "expired_keys:1\r\n"));
  for (int i = 0; i < 30; ++i) {
    client.call({"SET", "key" + std::to_string(i), std::string(100'000, 'x')});
  }
  CHECK(node.node().effect_counter().evicted_keys() > 10);
}

}  // namespace
}  // namespace cachekit::test
