// Walks over the keys of a whole cluster.

#include <doctest/doctest.h>

#include <set>

#include "tests/integration/becomes_true.h"
#include "tests/integration/client_cluster.h"
#include "tests/integration/topology_file.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

using KeySet = std::set<std::string>;

void fill(Client& client, const std::string& prefix, int count) {
  Pipeline pipeline = client.pipeline();
  for (int i = 0; i < count; ++i) (void)pipeline.set(prefix + std::to_string(i), "v");
  REQUIRE(pipeline.execute().ok());
}

void remove(Client& client, const std::string& prefix, int count) {
  Pipeline pipeline = client.pipeline();
  for (int i = 0; i < count; ++i) (void)pipeline.del(prefix + std::to_string(i));
  REQUIRE(pipeline.execute().ok());
}

/// Adds the keys of the steps until the walk is over or has told `enough`.
void walk(KeyScan& scan, KeySet& told, std::size_t enough = SIZE_MAX) {
  while (!scan.done() && told.size() < enough) {
    const auto page = scan.next();
    REQUIRE_MESSAGE(page.has_value(), page.error().text());
    told.insert(page->begin(), page->end());
  }
}

KeySet walked_keys(Client& client, ScanOptions options = {}) {
  KeySet told;
  KeyScan scan = client.scan(std::move(options));
  walk(scan, told);
  return told;
}

}  // namespace

TEST_CASE_TEMPLATE("a walk tells the keys of all shards", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(3);
  if (!cluster) return;
  Client client = cluster->client();
  CHECK(walked_keys(client).empty());

  fill(client, "user:", 1000);
  fill(client, "page:", 500);
  REQUIRE(client.sadd("user:set", "member").has_value());
  CHECK(walked_keys(client).size() == 1501);
  CHECK(walked_keys(client, {.count = 100}).size() == 1501);
  CHECK(walked_keys(client, {.match = "page:*", .count = 1000}).size() == 500);
  CHECK(walked_keys(client, {.type = "set", .count = 1000}) == KeySet{"user:set"});

  // What a node holds though it is another's is not told.
  const std::string key = key_on(client, 1, "stray");
  REQUIRE(client.command_on(cluster->address(0), {"SET", key, "v"}).has_value());
  CHECK(walked_keys(client, {.match = "stray*", .count = 1000}).empty());
}

TEST_CASE("a walk is over once, and refuses options that make no sense") {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  KeyScan scan = client.scan();
  CHECK(!scan.done());
  CHECK(scan.next()->empty());
  CHECK(scan.done());
  CHECK(scan.next()->empty());
  KeyScan wrong = client.scan({.count = 0});
  CHECK(code_of(wrong.next()) == Code::invalid_argument);
  CHECK(!wrong.done());
}

TEST_CASE("keys that stay are told though others come and go meanwhile") {
  const auto cluster = TestCluster<CachekitNodes>::start(2);
  if (!cluster) return;
  Client client = cluster->client();
  fill(client, "stays:", 500);
  KeyScan scan = client.scan();
  KeySet told;
  for (int turn = 0; !scan.done(); ++turn) {
    walk(scan, told, told.size() + 1);
    if (turn % 20 == 0) fill(client, "comes:", 2000);
    if (turn % 20 == 10) remove(client, "comes:", 2000);
  }
  for (int i = 0; i < 500; ++i) CHECK(told.contains("stays:" + std::to_string(i)));
}

TEST_CASE("after a failure a walk goes on where it was") {
  const auto cluster = TestCluster<CachekitNodes>::start(2);
  if (!cluster) return;
  Client client = cluster->client({.total_timeout = 100ms});
  fill(client, "k", 200);
  KeyScan scan = client.scan({.count = 1000});
  KeySet told;
  walk(scan, told, 1);
  REQUIRE(!told.empty());
  cluster->kill_server(1);
  const auto begin = std::chrono::steady_clock::now();
  const auto failed = scan.next();
  CHECK((code_of(failed) == Code::unavailable || code_of(failed) == Code::deadline_exceeded));
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
  CHECK(!scan.done());

  cluster->start_server(1);
  REQUIRE(becomes_true([&] { return client.set(key_on(client, 1, "new"), "v").has_value(); }));
  walk(scan, told);
  CHECK(told.contains(key_on(client, 1, "new")));
}

TEST_CASE("a walk starts again when shards come") {
  const auto cluster = TestCluster<CachekitNodes>::start(3);
  if (!cluster) return;
  const TopologyFile file(first_shards(*cluster, 2));
  auto client = Client::connect(file.url());
  REQUIRE(client.has_value());
  fill(*client, "k", 500);
  KeyScan scan = client->scan();
  KeySet told;
  walk(scan, told, 400);

  file.publish(first_shards(*cluster, 3));
  REQUIRE(becomes_true([&] { return client->topology().shards.size() == 3; }));
  fill(*client, "k", 500);
  KeySet told_after;
  walk(scan, told_after);
  CHECK(told_after.size() == 500);
}
