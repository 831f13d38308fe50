// Calls other than get() that a near-cache answers: asynchronous ones, and those of many keys.

#include <cachekit/async.h>
#include <doctest/doctest.h>

#include <future>
#include <string>
#include <vector>

#include "tests/integration/client_cluster.h"
#include "tests/integration/near_cache_client.h"

using namespace cachekit;
using namespace cachekit::test;

TEST_CASE_TEMPLATE(
    "asynchronous reads are answered from memory, and what they lack is read for later", Servers,
    CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client writer = cluster->client();
  Client client = cluster->client(with_near_cache());
  const auto get = [&] {
    std::promise<Result<OptionalString>> told;
    client.async().get("key").start([&](auto value) { told.set_value(std::move(value)); });
    return told.get_future().get();
  };
  REQUIRE(writer.set("key", "1"));
  CHECK(*get() == "1");
  REQUIRE(becomes_true([&] {
    const std::uint64_t hits = client.near_cache_statistics().hits;
    return *get() == "1" && client.near_cache_statistics().hits > hits;
  }));
  REQUIRE(writer.set("key", "2"));
  CHECK(becomes_true([&] { return *get() == "2"; }));
  REQUIRE(becomes_near(client, "key"));
  for (int i = 0; i < 100; ++i) {
    std::promise<Result<bool>> told;
    client.async().set("key", std::to_string(i)).start([&](auto set) { told.set_value(set); });
    REQUIRE(told.get_future().get());
    CHECK(*get() == std::to_string(i));
    CHECK(read(client, "key") == std::to_string(i));
  }
}

TEST_CASE_TEMPLATE("who has begun a write and reads gets nothing older", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client(with_near_cache());
  REQUIRE(client.set("key", "0"));
  REQUIRE(becomes_near(client, "key"));
  for (int i = 1; i <= 500; ++i) {
    client.async().set("key", std::to_string(i)).start([](auto) {});
    for (int reader = 0; reader < 3; ++reader) {
      std::promise<Result<OptionalString>> told;
      client.async().get("key").start([&](auto value) { told.set_value(std::move(value)); });
      CHECK(*told.get_future().get() == std::to_string(i));
    }
  }
}

TEST_CASE_TEMPLATE("of many keys only those are asked for that are not in memory", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client writer = cluster->client();
  Client client = cluster->client(with_near_cache());
  for (const char* key : {"a", "b", "c"}) REQUIRE(writer.set(key, key));
  REQUIRE(becomes_near(client, "b"));
  const auto values = client.mget({"a", "b", "none", "c", "b"});
  REQUIRE(values);
  CHECK(*values == std::vector<OptionalString>{"a", "b", std::nullopt, "c", "b"});
  CHECK(client.near_cache_statistics().hits >= 2);
  // What it lacked comes soon.
  CHECK(becomes_true([&] {
    const std::uint64_t hits = client.near_cache_statistics().hits;
    return client.mget({"a", "c"}).has_value() && client.near_cache_statistics().hits >= hits + 2;
  }));
  REQUIRE(client.set("a", "new"));
  CHECK(*client.mget({"a", "b"}) == std::vector<OptionalString>{"new", "b"});
  CHECK(client.mget({}).error().code() == Code::invalid_argument);
}
