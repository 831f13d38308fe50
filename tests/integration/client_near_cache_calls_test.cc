// Calls other than get() that a near-cache answers: asynchronous ones, and those of many keys.

#include <cachekit/async.h>
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "client/io/node.h"
#include "client/io/socket_engine.h"
#include "tests/integration/async_calls.h"
#include "tests/integration/client_cluster.h"
#include "tests/integration/near_cache_client.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

TEST_CASE_TEMPLATE(
    "asynchronous reads are answered from memory, and what they lack is read for later", Servers,
    CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client writer = cluster->client();
  Client client = cluster->client(with_near_cache());
  const auto get = [&] { return wait_for(client.async().get("key")); };
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
    REQUIRE(wait_for(client.async().set("key", std::to_string(i))));
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
      CHECK(*wait_for(client.async().get("key")) == std::to_string(i));
    }
  }
}

TEST_CASE_TEMPLATE("of many keys only those are asked for that are not in memory", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client writer = cluster->client();
  for (const bool waits : {true, false}) {
    CAPTURE(waits);
    Client client = cluster->client(with_near_cache());
    const auto mget = [&](std::initializer_list<std::string_view> keys) {
      return waits ? client.mget(keys) : wait_for(client.async().mget(keys));
    };
    for (const char* key : {"a", "b", "c"}) REQUIRE(writer.set(key, key));
    REQUIRE(becomes_near(client, "b"));
    const std::uint64_t hits = client.near_cache_statistics().hits;
    CHECK(*mget({"a", "b", "none", "c", "b"}) ==
          std::vector<OptionalString>{"a", "b", std::nullopt, "c", "b"});
    CHECK(client.near_cache_statistics().hits >= hits + 2);
    // What it lacked comes soon.
    CHECK(becomes_true([&] {
      const std::uint64_t before = client.near_cache_statistics().hits;
      return mget({"a", "c"}).has_value() && client.near_cache_statistics().hits == before + 2;
    }));
    REQUIRE(client.set("a", "own"));
    CHECK(*mget({"a", "b"}) == std::vector<OptionalString>{"own", "b"});
    REQUIRE(writer.set("a", "another's"));
    CHECK(becomes_true([&] { return mget({"a"})->front() == "another's"; }));
    CHECK(code_of(mget({})) == Code::invalid_argument);
    REQUIRE(client.lpush("list", {"x"}));
    CHECK(*mget({"list", "b"}) == std::vector<OptionalString>{std::nullopt, "b"});
  }
}

TEST_CASE_TEMPLATE("a pipeline asks for what is not in memory, in its own order", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client writer = cluster->client();
  Client client = cluster->client(with_near_cache());
  for (const char* key : {"a", "b", "c"}) REQUIRE(writer.set(key, key));
  for (const char* key : {"a", "b"}) REQUIRE(becomes_near(client, key));
  const std::uint64_t hits = client.near_cache_statistics().hits;

  Pipeline pipeline = client.pipeline();
  const auto near = pipeline.get("a");
  const auto before = pipeline.get("b");
  const auto written = pipeline.set("b", "new");
  const auto after = pipeline.get("b");
  const auto far = pipeline.get("c");
  const auto all = pipeline.mget({"a", "b", "c"});
  const auto wrong = pipeline.lpush("a", {"x"});
  CHECK(pipeline.execute().code() == Code::wrong_type);
  CHECK(*near.result() == "a");
  CHECK(*before.result() == "b");
  CHECK(*written.result());
  CHECK(*after.result() == "new");
  CHECK(*far.result() == "c");
  CHECK(*all.result() == std::vector<OptionalString>{"a", "new", "c"});
  CHECK(code_of(wrong.result()) == Code::wrong_type);

  // Of what it does not write all is answered from memory, and then no node is asked.
  REQUIRE(becomes_near(client, "a"));
  REQUIRE(becomes_near(client, "c"));
  const std::uint64_t calls = client.stats().all_calls();
  const auto a = pipeline.get("a");
  const auto both = pipeline.mget({"a", "c"});
  REQUIRE(pipeline.execute().ok());
  CHECK(*a.result() == "a");
  CHECK(*both.result() == std::vector<OptionalString>{"a", "c"});
  CHECK(client.stats().all_calls() == calls);
  CHECK(client.near_cache_statistics().hits >= hits + 3);
}

TEST_CASE_TEMPLATE("what has failed leaves no key unknown for ever", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client(with_near_cache());
  REQUIRE(client.set("k", "v"));
  Pipeline pipeline = client.pipeline();
  pipeline.lpush("k", {"x"});
  CHECK(pipeline.execute().code() == Code::wrong_type);
  CHECK(code_of(wait_for(client.async().lpush("k", {"x"}))) == Code::wrong_type);
  const std::vector<Request> refused{{"SET", "k", "new"}, {"NO.SUCH.COMMAND", "k"}};
  CHECK(code_of(client.transaction("k", refused)) == Code::server_error);
  CHECK(code_of(wait_for(client.async().transaction("k", refused))) == Code::server_error);
  std::stop_source stop;
  stop.request_stop();
  const std::vector<Request> stopped{{"SET", "k", "new"}};
  CHECK(code_of(wait_for(client.async().transaction("k", stopped).stop_with(stop.get_token()))) ==
        Code::cancelled);
  CHECK(becomes_true([&] {
    const std::uint64_t hits = client.near_cache_statistics().hits;
    return *wait_for(client.async().get("k")) == "v" && client.near_cache_statistics().hits > hits;
  }));
}

// Fills of several nodes' keys go out together.
TEST_CASE("jobs for nodes with nothing but a shared connection open it") {
  const auto first = TestCluster<CachekitNodes>::start(2);
  if (!first) return;
  io::SocketEngine engine({.greeting = {}, .limits = {}}, nullptr);
  const Request ping{"ECHO", "hello"};
  std::vector<std::shared_ptr<io::Node>> nodes;
  std::vector<io::Job> jobs(2);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string address = first->tcp_address(i);
    nodes.push_back(std::make_shared<io::Node>(address, *topology::parse_node_address(address),
                                               io::ConnectionLimits{.alone = 0}));
    jobs[i].node = nodes[i].get();
    jobs[i].shares = true;
    jobs[i].calls.push_back({.request = &ping, .answer = {}});
  }
  engine.exchange(jobs, io::Clock::now() + 20s);
  for (const io::Job& job : jobs) CHECK(job.calls[0].answer.reply == Value(std::string("hello")));
}
