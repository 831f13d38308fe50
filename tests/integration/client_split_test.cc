// Keys that are split: copies of a value, parts of a counter.

#include <cachekit/split.h>
#include <doctest/doctest.h>

#include <set>
#include <thread>

#include "tests/integration/becomes_true.h"
#include "tests/integration/client_cluster.h"
#include "tests/integration/topology_file.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

std::set<std::string> shards_of(const Client& client, const std::vector<std::string>& keys) {
  std::set<std::string> shards;
  for (const std::string& key : keys) shards.insert(client.locate(key).shard);
  return shards;
}

/// What 100 reads have met.
std::set<std::string> values_met(const SplitKey& key) {
  std::set<std::string> met;
  for (int i = 0; i < 100; ++i) {
    const auto value = key.get();
    REQUIRE_MESSAGE(value.has_value(), value.error().text());
    met.emplace(*value ? (*value)->view() : "nothing");
  }
  return met;
}

}  // namespace

TEST_CASE_TEMPLATE("a split value has a copy on each of several shards", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(3);
  if (!cluster) return;
  Client client = cluster->client();
  const SplitKey page = split(client, "page", 3);
  CHECK(!page.get()->has_value());
  CHECK(!*page.del());

  REQUIRE(page.set("v1", 1h).has_value());
  const auto keys = page.keys();
  CHECK(keys.size() == 3);
  CHECK(shards_of(client, keys).size() == 3);
  for (const std::string& key : keys) {
    CHECK(**client.get(key) == "v1");
    const std::int64_t ttl = *client.ttl(key);
    CHECK((ttl == 3600 || ttl == 3599));
  }
  CHECK(values_met(page) == std::set<std::string>{"v1"});
  for (const std::string& key : keys) REQUIRE(client.set(key, key, 1h).has_value());
  CHECK(values_met(page) == std::set<std::string>(keys.begin(), keys.end()));

  REQUIRE(client.del(keys.front()).has_value());
  CHECK(values_met(page).contains("nothing"));
  REQUIRE(page.set("v2", 1h).has_value());
  CHECK(values_met(page) == std::set<std::string>{"v2"});
  CHECK(*page.del());
  CHECK(*client.exists({keys[0], keys[1], keys[2]}) == 0);

  CHECK(split(client, "page", 100).keys().size() == 3);
  CHECK(split(client, "page", 2).keys() == std::vector(keys.begin(), keys.begin() + 2));
}

TEST_CASE("copies on a shard that is away are the only ones that fail") {
  const auto cluster = TestCluster<CachekitNodes>::start(2);
  if (!cluster) return;
  Client writer = cluster->client();
  REQUIRE(split(writer, "page", 2).set("v", 1h).has_value());
  cluster->kill_server(0);
  CHECK(code_of(split(writer, "page", 2).set("v2", 1h)) != Code::ok);
  Client client = cluster->client({.total_timeout = 30ms});
  const SplitKey page = split(client, "page", 2);
  bool answered = false;
  bool failed = false;
  for (int i = 0; i < 1000 && !(answered && failed); ++i) {
    const auto value = page.get();
    (value ? answered : failed) = true;
    if (value) CHECK(**value == "v2");
  }
  CHECK(answered);
  CHECK(failed);
  CHECK(code_of(split_counter(client, "n", 32, 1h).get()) != Code::ok);
}

TEST_CASE("copies follow the topology") {
  const auto cluster = TestCluster<CachekitNodes>::start(3);
  if (!cluster) return;
  const TopologyFile file(first_shards(*cluster, 2));
  auto client = Client::connect(file.url());
  REQUIRE(client.has_value());
  CHECK(client->topology_version() == 2);
  const SplitKey page = split(*client, "page", 3);
  REQUIRE(page.set("v", 1h).has_value());
  CHECK(page.keys().size() == 2);
  file.publish(first_shards(*cluster, 3));
  REQUIRE(becomes_true([&] { return client->topology_version() == 3; }));
  CHECK(shards_of(*client, page.keys()).size() == 3);
  CHECK(values_met(page).contains("nothing"));
  REQUIRE(page.set("v", 1h).has_value());
  CHECK(values_met(page) == std::set<std::string>{"v"});
}

TEST_CASE_TEMPLATE("a split counter counts what all threads count, and expires", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client = cluster->client();
  const SplitCounter views = split_counter(client, "views", 4, 1h);
  CHECK(*views.get() == 0);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) CHECK(views.incr(2).has_value());
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(*views.get() == 800);
  CHECK(views.incr(-800).has_value());
  CHECK(*views.get() == 0);
  CHECK(views.keys().size() == 4);
  for (const std::string& key : views.keys()) {
    CHECK(*client.exists(key) == 1);
    const std::int64_t ttl = *client.ttl(key);
    CHECK((ttl == 3600 || ttl == 3599));
  }
  // Each increment makes a part live longer.
  const SplitCounter longer = split_counter(client, "views", 1, 2h);
  REQUIRE(longer.incr().has_value());
  CHECK(*client.ttl(longer.keys().front()) > 3700);

  REQUIRE(client.set(views.keys()[1], "text", 1h).has_value());
  CHECK(code_of(views.get()) == Code::server_error);
  REQUIRE(client.set(views.keys()[0], "1", 1h).has_value());
  REQUIRE(client.set(views.keys()[1], "9223372036854775807", 1h).has_value());
  CHECK(code_of(views.get()) == Code::server_error);
  CHECK(*views.del());
  CHECK(!*views.del());
}

TEST_CASE("arguments that make no sense are refused") {
  auto client = Client::connect("cachekit://127.0.0.1:1");
  REQUIRE(client.has_value());
  for (const std::size_t copies : {std::size_t{0}, max_copies + 1}) {
    const SplitKey key = split(*client, "k", copies);
    CHECK(code_of(key.get()) == Code::invalid_argument);
    CHECK(code_of(key.set("v", 1h)) == Code::invalid_argument);
    CHECK(code_of(key.del()) == Code::invalid_argument);
    CHECK(key.keys().empty());
    const SplitCounter counter = split_counter(*client, "k", copies, 1h);
    CHECK(code_of(counter.incr()) == Code::invalid_argument);
    CHECK(code_of(counter.get()) == Code::invalid_argument);
    CHECK(code_of(counter.del()) == Code::invalid_argument);
  }
  CHECK(code_of(split(*client, "k", 1).set("v", 0ms)) == Code::invalid_argument);
  CHECK(code_of(split_counter(*client, "k", 1, 0ms).incr()) == Code::invalid_argument);
}
