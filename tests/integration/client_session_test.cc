// What a user does with a client, against nodes and against redis-server.

#include <cachekit/message_pack.h>
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/integration/client_cluster.h"
#include "tests/support/sanitizers.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

TEST_CASE_TEMPLATE("the API session", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(3);
  if (!cluster) return;
  Client client = cluster->client();

  CHECK(*client.set("user:123:session", "abc123xyz", 1h));
  CHECK(**client.get("user:123:session") == "abc123xyz");
  CHECK(*client.exists("user:123:session") == 1);
  const std::int64_t ttl = *client.ttl("user:123:session");
  CHECK((ttl == 3600 || ttl == 3599));
  CHECK(*client.set("page:views:123", "500"));
  CHECK(*client.incr("page:views:123") == 501);
  CHECK(*client.expire("user:123:session", 60s));
  CHECK(*client.ttl("page:views:123") == ttl_no_expiry);
  CHECK(*client.ttl("nothing") == ttl_no_key);
  CHECK(*client.del("user:123:session") == 1);
  CHECK(!client.get("user:123:session")->has_value());
}

TEST_CASE_TEMPLATE("every method is understood by the server", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(3);
  if (!cluster) return;
  Client client = cluster->client();

  CHECK(!*client.set("k", "v", {.condition = SetOptions::Condition::if_present}));
  CHECK(*client.set("k", "v", {.condition = SetOptions::Condition::if_absent}));
  CHECK(**client.getset("k", "w") == "v");
  CHECK(**client.getex("k", 10s) == "w");
  CHECK(*client.pttl("k") > 9000);
  CHECK(*client.set("k", "x", {.keep_ttl = true}));
  CHECK(*client.persist("k"));
  CHECK(!*client.persist("k"));
  CHECK(*client.append("k", "yz") == 3);
  CHECK(*client.strlen("k") == 3);
  CHECK(*client.getrange("k", 1, -1) == "yz");
  CHECK(*client.setrange("k", 1, "Y") == 3);
  CHECK(**client.getdel("k") == "xYz");
  CHECK(*client.type("k") == "none");
  CHECK(*client.incr("n", 5) == 5);
  CHECK(*client.decr("n") == 4);
  CHECK(*client.decr("n", 10) == -6);
  CHECK(*client.incrbyfloat("f", 10.5) == 10.5);
  CHECK(*client.type("f") == "string");
  CHECK(*client.msetnx({{"{t}a", "1"}, {"{t}b", "2"}}));
  CHECK(client.rename("{t}a", "{t}c").has_value());
  CHECK(!*client.renamenx("{t}b", "{t}c"));
  CHECK(*client.expire_at("n", std::chrono::system_clock::now() + 1h, ExpireCondition::if_none));
  CHECK(!*client.expire("n", 1h, ExpireCondition::if_none));
  CHECK(*client.touch("n") == 1);
  CHECK(*client.unlink("n") == 1);
  CHECK(*client.command({"STRLEN", "f"}) == Value(std::int64_t{4}));
}

TEST_CASE("compare-and-delete and compare-and-set work on a node") {
  const auto cluster = TestCluster<CachekitNodes>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  CHECK(*client.set("lock", "mine"));
  CHECK(!*client.delifeq("lock", "theirs"));
  CHECK(!*client.set("lock", "new", {.if_equal = "theirs"}));
  CHECK(*client.set("lock", "new", {.if_equal = "mine"}));
  CHECK(*client.delifeq("lock", "new"));
}

TEST_CASE_TEMPLATE("errors of the server have their code", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  REQUIRE(client.set("text", "abc").has_value());
  const auto result = client.incr("text");
  CHECK(code_of(result) == Code::server_error);
  CHECK(result.error().message() == "ERR value is not an integer or out of range");
  CHECK(code_of(client.set("k", "v", 0ms)) == Code::invalid_argument);
  CHECK(code_of(client.command({"PING"})) == Code::invalid_argument);
  CHECK(code_of(client.command({"NOSUCHCOMMAND", "k"})) == Code::server_error);
}

TEST_CASE("a value of another type is wrong_type") {
  const auto cluster = TestCluster<RedisServers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  REQUIRE(client.command({"LPUSH", "list", "x"}).has_value());
  CHECK(code_of(client.get("list")) == Code::wrong_type);
}

TEST_CASE_TEMPLATE("keys on all shards in one call", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(3);
  if (!cluster) return;
  Client client = cluster->client();
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back("key" + std::to_string(i));
  std::vector<KeyValue> pairs;
  std::vector<std::string_view> keys;
  for (const std::string& name : names) {
    pairs.emplace_back(name, name);
    keys.push_back(name);
  }
  CHECK(client.mset(pairs).has_value());
  keys.push_back("absent");
  const auto values = client.mget(keys);
  REQUIRE(values.has_value());
  REQUIRE(values->size() == 101);
  for (std::size_t i = 0; i < 100; ++i) CHECK(*(*values)[i] == names[i]);
  CHECK(!(*values)[100].has_value());
  CHECK(*client.exists(keys) == 100);
  CHECK(*client.touch(keys) == 100);
  CHECK(*client.del(keys) == 100);
  CHECK(*client.unlink(keys) == 0);
  CHECK(code_of(client.rename(key_on(client, 0, "a"), key_on(client, 1, "b"))) ==
        Code::invalid_argument);
}

TEST_CASE_TEMPLATE("values of the program's own types", Servers, CachekitNodes, RedisServers) {
  using Ages = std::map<std::string, int>;
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client = cluster->client({.near_cache = {.bytes = 1 << 20}});
  const auto ages = typed<Ages>(client);
  CHECK(!ages.get("a")->has_value());
  CHECK(*ages.set("a", {{"Ada", 36}}, 1h));
  CHECK(*client.ttl("a") > 3500);
  for (int i = 0; i < 3; ++i) CHECK(**ages.get("a") == Ages{{"Ada", 36}});  // later ones are hits
  CHECK(!*ages.set("a", {}, {.condition = SetOptions::Condition::if_absent}));
  CHECK(**ages.getex("a", 10s) == Ages{{"Ada", 36}});
  CHECK(*client.ttl("a") <= 10);

  REQUIRE(client.set("text", "neither").has_value());
  const auto several = ages.mget({"a", "none", "text"});
  REQUIRE(several->size() == 3);
  CHECK(**(*several)[0] == Ages{{"Ada", 36}});
  CHECK(!(*several)[1]->has_value());
  CHECK(code_of((*several)[2]) == Code::malformed_value);
  CHECK(code_of(ages.get("text")) == Code::malformed_value);
  CHECK(**typed<std::string>(client, {.accept_raw = true}).get("text") == "neither");
  CHECK(**ages.getdel("a") == Ages{{"Ada", 36}});
  CHECK(!ages.getdel("a")->has_value());
  CHECK(code_of(ages.set("a", {{"Ada", 36}}, 0ms)) == Code::invalid_argument);
  REQUIRE(client.rpush("list", "v").has_value());
  CHECK(code_of(ages.get("list")) == Code::wrong_type);
}

TEST_CASE_TEMPLATE("a node is asked by its address", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client = cluster->client();
  const std::string key = key_on(client, 1, "k");
  REQUIRE(client.set(key, "v").has_value());
  CHECK(client.locate(key).node == cluster->address(1));
  CHECK(*client.command_on(cluster->address(0), {"DBSIZE"}) == Value(std::int64_t{0}));
  CHECK(*client.command_on(cluster->address(1), {"DBSIZE"}) == Value(std::int64_t{1}));
  CHECK(code_of(client.command_on("nowhere:1", {"PING"})) == Code::invalid_argument);
  CHECK(code_of(client.command_on(cluster->address(0), {"SUBSCRIBE", "x"})) ==
        Code::invalid_argument);
  const auto list = client.command_on(cluster->address(0), {"CLIENT", "LIST"});
  CHECK(list->text().find("name=cachekit") != std::string::npos);
}

TEST_CASE_TEMPLATE("TCP addresses and names work as well", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  const std::string port = std::to_string(cluster->server(0).endpoint().port);
  for (const std::string& host : {std::string("127.0.0.1"), std::string("localhost")}) {
    auto client = Client::connect("redis://" + host + ":" + port);
    REQUIRE(client.has_value());
    CHECK(client->set("k", host).has_value());
    CHECK(**client->get("k") == host);
  }
}

TEST_CASE_TEMPLATE("passwords", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1, {"--requirepass", "s3cret"});
  if (!cluster) return;
  const std::string host = cluster->address(0);
  const auto wrong = Client::connect("cachekit://:hunter2@" + host);
  CHECK(code_of(wrong) == Code::unauthenticated);
  CHECK(wrong.error().message().find("hunter2") == std::string::npos);
  CHECK(code_of(Client::connect("cachekit://" + host)) == Code::unauthenticated);

  auto right = Client::connect("cachekit://:s3cret@" + host);
  REQUIRE(right.has_value());
  CHECK(right->set("k", "v").has_value());
  auto named = Client::connect("cachekit://default:s3cret@" + host);
  REQUIRE(named.has_value());
  CHECK(**named->get("k") == "v");
  auto by_option = Client::connect("cachekit://" + host, {.password = "s3cret"});
  REQUIRE(by_option.has_value());
  CHECK(by_option->get("k").has_value());
}

TEST_CASE_TEMPLATE("large values travel both ways", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.total_timeout = 60s, .read_timeout = 30s});
  std::string value(std::size_t{sanitized ? 16 : 64} << 20, 'x');
  for (std::size_t i = 0; i < value.size(); i += 4096) value[i] = static_cast<char>(i >> 12);
  REQUIRE(client.set("large", value).has_value());
  const auto read = client.get("large");
  REQUIRE(read.has_value());
  CHECK(**read == value);
  CHECK(*client.del("large") == 1);
}

TEST_CASE_TEMPLATE("a reply beyond the limits is refused, and the client goes on", Servers,
                   CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.max_reply_bytes = 100'000, .max_reply_elements = 10});
  REQUIRE(client.set("fits", std::string(90'000, 'x')).has_value());
  REQUIRE(client.set("large", std::string(110'000, 'x')).has_value());
  CHECK(client.get("fits").has_value());
  CHECK(code_of(client.get("large")) == Code::limit_exceeded);
  const std::vector<std::string_view> keys(11, "k");
  CHECK(code_of(client.mget(keys)) == Code::limit_exceeded);
  CHECK(client.get("fits").has_value());
}

TEST_CASE("a reply nested too deep is refused") {
  const auto cluster = TestCluster<RedisServers>::start(1);
  if (!cluster) return;
  Client client = cluster->client({.max_reply_depth = 3});
  const auto nested = [&](const char* script) {
    return client.command_on(cluster->address(0), {"EVAL", script, "0"});
  };
  CHECK(nested("return {{{1}}}").has_value());
  CHECK(code_of(nested("return {{{{1}}}}")) == Code::limit_exceeded);
}
