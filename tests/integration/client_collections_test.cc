// Lists, sets and hashes through the client, and what is told about keys, over nodes and over
// redis-server.

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/integration/client_cluster.h"

using namespace cachekit;
using namespace cachekit::test;
using namespace std::chrono_literals;

namespace {

using Words = std::vector<std::string>;

/// In order, since sets and hashes have none.
template <class T>
std::vector<T> sorted(std::vector<T> items) {
  std::sort(items.begin(), items.end());
  return items;
}

}  // namespace

TEST_CASE_TEMPLATE("lists", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();

  CHECK(*client.rpush("l", {"a", "b"}) == 2);
  CHECK(*client.rpush("l", "c") == 3);
  CHECK(*client.lpush("l", {"y", "x"}) == 5);
  CHECK(*client.lrange("l", 0, -1) == Words{"x", "y", "a", "b", "c"});
  CHECK(*client.lpushx("none", "v") == 0);
  CHECK(*client.rpushx("none", {"v", "w"}) == 0);
  CHECK(*client.rpushx("l", "x") == 6);
  CHECK(*client.llen("l") == 6);
  CHECK(**client.lindex("l", -2) == "c");
  CHECK(!client.lindex("l", 6)->has_value());
  CHECK(*client.lpos("l", "x") == 0);
  CHECK(*client.lpos("l", "x", {.rank = -1}) == 5);
  CHECK(!client.lpos("l", "x", {.rank = 2, .max_compared = 5})->has_value());
  CHECK(*client.lpos_all("l", "x") == std::vector<std::int64_t>{0, 5});
  CHECK(*client.lpos_all("l", "x", 1) == std::vector<std::int64_t>{0});
  CHECK(client.lpos_all("none", "x")->empty());
  CHECK(*client.linsert("l", ListSide::before, "a", "0") == 7);
  CHECK(*client.linsert("l", ListSide::after, "nobody", "0") == no_pivot);
  CHECK(*client.linsert("none", ListSide::after, "a", "0") == 0);
  CHECK(client.lset("l", 2, "1").has_value());
  CHECK(code_of(client.lset("l", 7, "1")) == Code::server_error);
  CHECK(code_of(client.lset("none", 0, "1")) == Code::server_error);
  CHECK(*client.lrem("l", -1, "x") == 1);
  CHECK(*client.lrange("l", 0, 2) == Words{"x", "y", "1"});
  CHECK(client.ltrim("l", 1, -1).has_value());
  CHECK(**client.lpop("l") == "y");
  CHECK(*client.rpop("l", 2) == Words{"c", "b"});
  CHECK(client.lpop("l", 0)->empty());
  CHECK(*client.lpop("l", 9) == Words{"1", "a"});
  CHECK(!client.rpop("l")->has_value());
  CHECK(client.lpop("l", 1)->empty());

  CHECK(*client.rpush("{t}a", {"1", "2"}) == 2);
  CHECK(**client.lmove("{t}a", "{t}b", ListEnd::front, ListEnd::back) == "1");
  CHECK(**client.lmove("{t}a", "{t}b", ListEnd::back, ListEnd::front) == "2");
  CHECK(*client.lrange("{t}b", 0, -1) == Words{"2", "1"});
  CHECK(!client.lmove("{t}a", "{t}b", ListEnd::back, ListEnd::front)->has_value());
}

TEST_CASE_TEMPLATE("sets", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();

  CHECK(*client.sadd("s", {"a", "b", "c", "a"}) == 3);
  CHECK(*client.sadd("s", "a") == 0);
  CHECK(*client.scard("s") == 3);
  CHECK(*client.sismember("s", "a"));
  CHECK(!*client.sismember("none", "a"));
  CHECK(*client.smismember("s", {"a", "x"}) == std::vector<bool>{true, false});
  CHECK(sorted(*client.smembers("s")) == Words{"a", "b", "c"});
  CHECK(*client.srem("s", {"a", "x"}) == 1);
  CHECK(sorted(*client.srandmember("s", 5)) == Words{"b", "c"});
  CHECK(client.srandmember("s", -5)->size() == 5);
  CHECK(client.srandmember("s")->has_value());
  CHECK(client.spop("s")->has_value());
  CHECK(client.spop("s", 5)->size() == 1);
  CHECK(!client.spop("s")->has_value());
  CHECK(client.spop("s", 1)->empty());
  CHECK(client.smembers("s")->empty());

  CHECK(*client.sadd("{t}a", {"1", "2", "3"}) == 3);
  CHECK(*client.sadd("{t}b", {"2", "3", "4"}) == 3);
  CHECK(sorted(*client.sinter({"{t}a", "{t}b"})) == Words{"2", "3"});
  CHECK(sorted(*client.sunion({"{t}a", "{t}b"})) == Words{"1", "2", "3", "4"});
  CHECK(*client.sdiff({"{t}a", "{t}b"}) == Words{"1"});
  CHECK(*client.sintercard({"{t}a", "{t}b"}) == 2);
  CHECK(*client.sintercard({"{t}a", "{t}b"}, 1) == 1);
  CHECK(*client.command({"SINTERCARD", "1", "{t}a"}) == Value(std::int64_t{3}));
  CHECK(*client.sinterstore("{t}c", {"{t}a", "{t}b"}) == 2);
  CHECK(*client.sunionstore("{t}c", {"{t}a", "{t}b"}) == 4);
  CHECK(*client.sdiffstore("{t}c", {"{t}a", "{t}b"}) == 1);
  CHECK(*client.sdiffstore("{t}c", {"{t}a", "{t}a"}) == 0);
  CHECK(*client.exists("{t}c") == 0);
  CHECK(*client.smove("{t}a", "{t}b", "1"));
  CHECK(!*client.smove("{t}a", "{t}b", "9"));
}

TEST_CASE_TEMPLATE("hashes", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();

  CHECK(*client.hset("h", "name", "Ada") == 1);
  CHECK(*client.hset("h", {{"name", "Eve"}, {"age", "7"}}) == 1);
  CHECK(!*client.hsetnx("h", "name", "Bob"));
  CHECK(*client.hsetnx("h", "city", "Bern"));
  CHECK(**client.hget("h", "name") == "Eve");
  CHECK(!client.hget("h", "none")->has_value());
  CHECK(*client.hmget("h", {"age", "none"}) == std::vector<OptionalString>{"7", std::nullopt});
  CHECK(sorted(*client.hgetall("h")) ==
        std::vector<FieldValue>{{"age", "7"}, {"city", "Bern"}, {"name", "Eve"}});
  CHECK(client.hgetall("none")->empty());
  CHECK(sorted(*client.hkeys("h")) == Words{"age", "city", "name"});
  CHECK(sorted(*client.hvals("h")) == Words{"7", "Bern", "Eve"});
  CHECK(*client.hlen("h") == 3);
  CHECK(*client.hstrlen("h", "city") == 4);
  CHECK(*client.hexists("h", "city"));
  CHECK(*client.hincrby("h", "age", 3) == 10);
  CHECK(*client.hincrbyfloat("h", "age", 0.5) == 10.5);
  CHECK(code_of(client.hincrby("h", "name", 1)) == Code::server_error);
  CHECK(*client.hdel("h", {"age", "none"}) == 1);
  CHECK(*client.hdel("h", "city") == 1);
  CHECK(**client.hrandfield("h") == "name");
  CHECK(*client.hrandfield("h", -2) == Words{"name", "name"});
  CHECK(*client.hrandfield_with_values("h", 5) == std::vector<FieldValue>{{"name", "Eve"}});
  CHECK(!client.hrandfield("none")->has_value());
}

TEST_CASE_TEMPLATE("what is told of keys", Servers, CachekitNodes, RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client = cluster->client();
  const auto in_an_hour = std::chrono::system_clock::now() + 1h;
  const auto unix_seconds =
      std::chrono::ceil<std::chrono::seconds>(in_an_hour.time_since_epoch()).count();

  CHECK(!client.set_get("{t}k", "1")->has_value());
  CHECK(**client.set_get("{t}k", "2", {.condition = SetOptions::Condition::if_absent}) == "1");
  CHECK(**client.get("{t}k") == "1");
  CHECK(**client.getex_at("{t}k", in_an_hour) == "1");
  CHECK(std::abs(*client.expiretime("{t}k") - unix_seconds) <= 1);
  CHECK(std::abs(*client.pexpiretime("{t}k") - unix_seconds * 1000) <= 1000);
  CHECK(*client.copy("{t}k", "{t}copy"));
  CHECK(!*client.copy("{t}k", "{t}copy"));
  CHECK(*client.copy("{t}k", "{t}copy", true));
  CHECK(!*client.copy("{t}none", "{t}copy", true));
  CHECK(*client.expiretime("{t}copy") == *client.expiretime("{t}k"));
  CHECK(**client.getex_persist("{t}k") == "1");
  CHECK(*client.expiretime("{t}k") == ttl_no_expiry);
  CHECK(*client.expiretime("none") == ttl_no_key);
  for (int i = 0; i < 10; ++i) {  // on any shard
    const std::string key = "k" + std::to_string(i);
    REQUIRE(client.set(key, "17").has_value());
    CHECK(**client.object_encoding(key) == "int");
    CHECK(client.object_refcount(key)->has_value());
    CHECK(client.memory_usage(key)->value() > 0);
  }
  CHECK(!client.object_encoding("none")->has_value());
  CHECK(!client.memory_usage("none")->has_value());
  const auto uses = client.object_freq("k0");
  const auto idle = client.object_idletime("k0");
  if (std::is_same_v<Servers, RedisServers>) {
    CHECK(code_of(uses) == Code::server_error);  // its policy counts none
    CHECK(**idle <= 10);
  } else {
    CHECK(**uses >= 0);
    CHECK(code_of(idle) == Code::server_error);
  }
}

TEST_CASE_TEMPLATE("walks over a large set and a large hash meet all", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(1);
  if (!cluster) return;
  Client client = cluster->client();
  std::set<std::string> expected;
  std::vector<KeyValue> fields;
  for (int i = 0; i < 2000; ++i) {
    fields.emplace_back(*expected.insert("field:" + std::to_string(i)).first, "v");
  }
  const std::vector<std::string_view> members(expected.begin(), expected.end());
  REQUIRE(client.sadd("s", members).has_value());
  REQUIRE(client.hset("h", fields).has_value());

  std::set<std::string> met;
  std::uint64_t cursor = 0;
  int pages = 0;
  do {
    const auto page = client.sscan("s", cursor, {.count = 100});
    REQUIRE(page.has_value());
    met.insert(page->items.begin(), page->items.end());
    cursor = page->cursor;
    ++pages;
  } while (cursor != 0);
  CHECK(met == expected);
  CHECK(pages > 5);

  met.clear();
  do {
    const auto page = client.hscan("h", cursor, {.match = "field:1*", .count = 500});
    REQUIRE(page.has_value());
    for (const auto& [field, value] : page->items) {
      CHECK(field.starts_with("field:1"));
      CHECK(value == "v");
      met.insert(field);
    }
    cursor = page->cursor;
  } while (cursor != 0);
  CHECK(met.size() == 1111);
}

TEST_CASE_TEMPLATE("a pipeline takes collections as a client does", Servers, CachekitNodes,
                   RedisServers) {
  const auto cluster = TestCluster<Servers>::start(2);
  if (!cluster) return;
  Client client = cluster->client();
  Pipeline pipeline = client.pipeline();
  const auto pushed = pipeline.rpush("l", {"a", "b"});
  const auto added = pipeline.sadd("s", {"a", "b"});
  const auto set = pipeline.hset("h", {{"f", "1"}, {"g", "2"}});
  const auto list = pipeline.lrange("l", 0, -1);
  const auto members = pipeline.smismember("s", {"b", "c"});
  const auto page = pipeline.hscan("h", 0);
  const auto usage = pipeline.memory_usage("h");
  REQUIRE(pipeline.execute().ok());
  CHECK(*pushed.result() == 2);
  CHECK(*added.result() == 2);
  CHECK(*set.result() == 2);
  CHECK(*list.result() == Words{"a", "b"});
  CHECK(*members.result() == std::vector<bool>{true, false});
  CHECK(page.result()->cursor == 0);
  CHECK(sorted(page.result()->items) == std::vector<FieldValue>{{"f", "1"}, {"g", "2"}});
  CHECK(usage.result()->value() > 0);
}

TEST_CASE("keys on several shards and values of another type are refused") {
  const auto cluster = TestCluster<CachekitNodes>::start(2);
  if (!cluster) return;
  Client client = cluster->client();
  const std::string here = key_on(client, 0, "a");
  const std::string there = key_on(client, 1, "b");
  for (const auto& failed :
       {client.sinter({here, there}), client.sunion({here, there}), client.sdiff({here, there})}) {
    REQUIRE(code_of(failed) == Code::invalid_argument);
    CHECK(failed.error().message().find("give them one {tag}") != std::string::npos);
  }
  CHECK(code_of(client.sintercard({here, there})) == Code::invalid_argument);
  CHECK(code_of(client.sinterstore(here, {there})) == Code::invalid_argument);
  CHECK(code_of(client.smove(here, there, "m")) == Code::invalid_argument);
  CHECK(code_of(client.copy(here, there)) == Code::invalid_argument);
  CHECK(code_of(client.lmove(here, there, ListEnd::front, ListEnd::back)) ==
        Code::invalid_argument);
  CHECK(code_of(client.lpush(here, Strings())) == Code::invalid_argument);
  CHECK(code_of(client.sinter(Keys())) == Code::invalid_argument);

  REQUIRE(client.set("text", "v").has_value());
  CHECK(code_of(client.lpush("text", "v")) == Code::wrong_type);
  CHECK(code_of(client.smembers("text")) == Code::wrong_type);
  CHECK(code_of(client.hgetall("text")) == Code::wrong_type);
  CHECK(code_of(client.sscan("text", 0)) == Code::wrong_type);
  REQUIRE(client.rpush("list", "v").has_value());
  CHECK(code_of(client.get("list")) == Code::wrong_type);
  CHECK(*client.type("list") == "list");
}
