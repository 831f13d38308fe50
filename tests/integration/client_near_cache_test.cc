// The near-cache of a client over cachekit nodes and over redis-server: what is served, and what
// ends that.

#include <cachekit/administration.h>
#include <cachekit/local_cluster.h>
#include <doctest/doctest.h>

#include <string>
#include <thread>

#include "tests/integration/becomes_true.h"
#include "tests/integration/client_cluster.h"
#include "tests/integration/near_cache_client.h"
#include "tests/support/tcp_proxy.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

TEST_CASE_TEMPLATE("what was read once is answered from memory", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(3);
  if (!cluster) return;
  Client writer = cluster->client();
  Client client = cluster->client(with_near_cache());
  for (std::size_t shard = 0; shard < 3; ++shard) {
    const std::string key = key_on(writer, shard, "key");
    REQUIRE(writer.set(key, "value"));
    REQUIRE(becomes_near(client, key));
    CHECK(read(client, key) == "value");
    const auto shared = client.get_shared(key);
    REQUIRE((shared && *shared));
    CHECK(**shared == "value");
  }
  const NearCacheStatistics statistics = client.near_cache_statistics();
  CHECK(statistics.entries == 3);
  CHECK(statistics.fills >= 3);
  CHECK(statistics.bytes > 0);
}

TEST_CASE_TEMPLATE("another client's change ends it", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client writer = cluster->client();
  for (const bool broadcast : {false, true}) {
    CAPTURE(broadcast);
    Client client = cluster->client(with_near_cache({.broadcast = broadcast}));
    REQUIRE(writer.set("key", "1"));
    REQUIRE(becomes_near(client, "key"));
    REQUIRE(writer.set("key", "2"));
    CHECK(becomes_true([&] { return read(client, "key") == "2"; }));
    REQUIRE(becomes_near(client, "key"));
    CHECK(read(client, "key") == "2");
    REQUIRE(writer.del("key"));
    CHECK(becomes_true([&] { return read(client, "key") == "(nothing)"; }));
    CHECK(client.near_cache_statistics().invalidations >= 2);
  }
}

TEST_CASE_TEMPLATE("an own write is seen at once, whatever its form", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client = cluster->client(with_near_cache());
  REQUIRE(client.set("key", "0"));
  for (int i = 1; i <= 30; ++i) {
    REQUIRE(becomes_near(client, "key"));
    switch (i % 3) {
      case 0:
        REQUIRE(client.set("key", std::to_string(i)));
        break;
      case 1:
        REQUIRE(client.incr("key"));
        break;
      default: {
        auto pipeline = client.pipeline();
        pipeline.mset({{"other", "x"}, {"key", std::to_string(i)}});
        REQUIRE(pipeline.execute().ok());
      }
    }
    CHECK(read(client, "key") == std::to_string(i));
  }
}

TEST_CASE_TEMPLATE("an entry never outlives its key", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client(with_near_cache());
  REQUIRE(client.set("warm", "value"));
  REQUIRE(becomes_near(client, "warm"));
  const auto set_at = std::chrono::steady_clock::now();
  REQUIRE(client.set("key", "value", 300ms));
  bool hit_once = false;
  while (true) {
    const std::uint64_t hits = client.near_cache_statistics().hits;
    const auto before = std::chrono::steady_clock::now();
    const std::string value = read(client, "key");
    const bool hit = client.near_cache_statistics().hits > hits;
    hit_once |= hit;
    if (value == "(nothing)") break;
    // The time to live began when the node executed SET, before that was answered.
    if (hit) CHECK(before < set_at + 300ms + 50ms);
    REQUIRE(before < set_at + 20s);
  }
  CHECK(hit_once);
}

TEST_CASE_TEMPLATE("FLUSHALL ends everything, also one's own", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client writer = cluster->client();
  Client client = cluster->client(with_near_cache());
  REQUIRE(writer.set("key", "value"));
  REQUIRE(becomes_near(client, "key"));
  REQUIRE(writer.command_on(cluster->address(0), {"FLUSHALL"}));
  CHECK(becomes_true([&] { return read(client, "key") == "(nothing)"; }));
  REQUIRE(writer.set("key", "value"));
  REQUIRE(becomes_near(client, "key"));
  REQUIRE(client.command_on(cluster->address(0), {"FLUSHALL"}));
  CHECK(read(client, "key") == "(nothing)");
}

TEST_CASE_TEMPLATE("that a key is absent is remembered if asked for, until it is set", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client writer = cluster->client();
  Client plain = cluster->client(with_near_cache());
  Client client = cluster->client(with_near_cache({.absent_age = 60s}));
  REQUIRE(becomes_near(client, "absent"));
  CHECK(read(client, "absent") == "(nothing)");
  const auto shared = client.get_shared("absent");
  REQUIRE(shared);
  CHECK(!*shared);
  REQUIRE(writer.set("absent", "value"));
  CHECK(becomes_true([&] { return read(client, "absent") == "value"; }));

  CHECK(read(plain, "another") == "(nothing)");
  CHECK(read(plain, "another") == "(nothing)");
  CHECK(plain.near_cache_statistics().hits == 0);
}

TEST_CASE_TEMPLATE("only what begins with a prefix is kept", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client writer = cluster->client();
  for (const bool broadcast : {false, true}) {
    CAPTURE(broadcast);
    Client client =
        cluster->client(with_near_cache({.prefixes = {"user:", "page:"}, .broadcast = broadcast}));
    REQUIRE(writer.set("user:1", "1"));
    REQUIRE(writer.set("page:1", "1"));
    REQUIRE(writer.set("other", "1"));
    REQUIRE(becomes_near(client, "user:1"));
    REQUIRE(becomes_near(client, "page:1"));
    const std::uint64_t hits = client.near_cache_statistics().hits;
    for (int i = 0; i < 5; ++i) CHECK(read(client, "other") == "1");
    CHECK(client.near_cache_statistics().hits == hits);
    REQUIRE(writer.set("page:1", "2"));
    CHECK(becomes_true([&] { return read(client, "page:1") == "2"; }));
  }
}

TEST_CASE_TEMPLATE("without tracking, max_age bounds what is served", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client writer = cluster->client();
  Client client = cluster->client(with_near_cache({.tracking = false, .max_age = 200ms}));
  REQUIRE(writer.set("key", "1"));
  REQUIRE(becomes_near(client, "key"));
  REQUIRE(writer.set("key", "2"));
  const auto changed = std::chrono::steady_clock::now();
  CHECK(becomes_true([&] { return read(client, "key") == "2"; }));
  CHECK(std::chrono::steady_clock::now() - changed < 5s);
  CHECK(code_of(Client::connect(cluster->url(), with_near_cache({.tracking = false}))) ==
        Code::invalid_argument);
}

TEST_CASE_TEMPLATE("a connection that is lost takes with it what was read through it", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client writer = cluster->client();
  Client client = cluster->client(with_near_cache());
  const std::string node = cluster->address(0);
  for (const std::string_view kind : {"-near-invalidations", "-near-reads"}) {
    CAPTURE(kind);
    REQUIRE(writer.set("key", "1"));
    REQUIRE(becomes_near(client, "key"));
    // The line of the connection is "id=7 addr=… name=cachekit-near-reads …".
    const auto list = writer.command_on(node, {"CLIENT", "LIST"});
    REQUIRE(list);
    const std::string text = *list->template get_if<std::string>();
    const std::size_t name = text.find("name=cachekit" + std::string(kind));
    REQUIRE(name != std::string::npos);
    const std::size_t line = text.rfind("id=", name);
    const std::string id = text.substr(line + 3, text.find(' ', line) - line - 3);
    REQUIRE(writer.command_on(node, {"CLIENT", "KILL", "ID", id}));
    REQUIRE(writer.set("key", "2"));
    const auto changed = std::chrono::steady_clock::now();
    CHECK(becomes_true([&] { return read(client, "key") == "2"; }));
    CHECK(std::chrono::steady_clock::now() - changed < 2s);
    REQUIRE(becomes_near(client, "key"));
    CHECK(read(client, "key") == "2");
  }
  CHECK(client.near_cache_statistics().drops > 0);
}

TEST_CASE_TEMPLATE("a node that starts again takes all with it", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client = cluster->client(with_near_cache());
  Client writer = cluster->client();
  const std::string key = key_on(client, 0, "key");
  REQUIRE(writer.set(key, "1"));
  REQUIRE(becomes_near(client, key));
  cluster->kill_server(0);
  cluster->start_server(0);
  CHECK(becomes_true([&] { return read(client, key) == "(nothing)"; }));
  REQUIRE(writer.set(key, "2"));
  REQUIRE(becomes_near(client, key));
  CHECK(read(client, key) == "2");
}

TEST_CASE_TEMPLATE("a node that is silent is not answered for longer than max_silence", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  TcpProxy proxy(cluster->tcp_address(0));
  auto client =
      Client::connect("cachekit://" + proxy.address(), with_near_cache({.max_silence = 300ms}));
  REQUIRE(client.has_value());
  Client writer = cluster->client();
  REQUIRE(writer.set("key", "1"));
  REQUIRE(becomes_near(*client, "key"));

  // The connection for invalidations stays open, and nothing comes through it any more.
  proxy.set({.to_target = {}, .to_client = {.cut = true}, .opening = "near-invalidations"});
  REQUIRE(writer.set("key", "2"));
  const auto changed = std::chrono::steady_clock::now();
  CHECK(becomes_true([&] { return read(*client, "key") == "2"; }));
  CHECK(std::chrono::steady_clock::now() - changed < 300ms + 1s);
  proxy.heal();
  CHECK(becomes_near(*client, "key"));
  CHECK(read(*client, "key") == "2");
}

TEST_CASE("a server that cannot track is read as without a near-cache") {
  const auto cluster =
      TestCluster<RedisServers>::start(1, {"--rename-command", "SUBSCRIBE", "\"\""});
  if (!cluster) return;
  std::atomic<int> told{0};
  ClientOptions options = with_near_cache();
  options.log = [&](LogLevel, std::string_view) { ++told; };
  auto client = cluster->client(options);
  REQUIRE(client.set("key", "value"));
  for (int i = 0; i < 10; ++i) CHECK(read(client, "key") == "value");
  CHECK(client.near_cache_statistics().hits == 0);
  CHECK(client.near_cache_statistics().unfilled == 10);
  CHECK(becomes_true([&] { return told > 0; }));
}

TEST_CASE("another shard takes the keys that are its own now, and no others") {
  if (!CachekitNodes::available()) return;
  auto cluster = LocalCluster::start({.shards = 3});
  REQUIRE(cluster);
  const std::string url = cluster->url();
  const LocalNode added = cluster->nodes()[2];
  REQUIRE(change_topology(
      url, [&](const Topology& topology) { return without_shard(topology, added.shard); }));
  auto client = Client::connect(url, with_near_cache());
  auto writer = Client::connect(url);
  REQUIRE((client && writer));

  std::vector<std::string> keys;
  for (int i = 0; i < 60; ++i) keys.push_back("key:" + std::to_string(i));
  for (const std::string& key : keys) {
    REQUIRE(writer->set(key, "1"));
    REQUIRE(becomes_near(*client, key));
  }
  REQUIRE(change_topology(url, [&](const Topology& topology) {
    return with_shard(topology, {.name = added.shard, .primary = added.address});
  }));
  const auto knows = [&](Client& one) {
    return becomes_true([&] { return one.topology().shards.size() == 3; });
  };
  REQUIRE((knows(*client) && knows(*writer)));

  const std::uint64_t hits = client->near_cache_statistics().hits;
  std::uint64_t kept = 0;
  for (const std::string& key : keys) {
    if (client->locate(key).shard == added.shard) {
      REQUIRE(writer->set(key, "2"));
      CHECK(read(*client, key) == "2");
    } else {
      ++kept;
      CHECK(read(*client, key) == "1");
    }
  }
  CHECK(kept > 10);
  CHECK(kept < keys.size());
  CHECK(client->near_cache_statistics().hits == hits + kept);
}

TEST_CASE("keys and values that are too large are read all the same") {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  Client client = cluster->client(with_near_cache());
  const std::string long_key(std::size_t{20} << 10, 'k');
  const std::string large(std::size_t{4} << 20, 'v');
  REQUIRE(client.set(long_key, "value"));
  REQUIRE(client.set("large", large));
  REQUIRE(client.set("small", "value"));
  REQUIRE(becomes_near(client, "small"));
  for (int i = 0; i < 3; ++i) {
    CHECK(read(client, long_key) == "value");
    CHECK(read(client, "large") == large);
  }
  CHECK(client.near_cache_statistics().refused_fills == 3);
  CHECK(client.near_cache_statistics().entries == 1);
}
