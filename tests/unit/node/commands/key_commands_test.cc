#include <doctest/doctest.h>

#include "tests/unit/node/commands/command_runner.h"

namespace cachekit::node {
namespace {

using Runner = test::CommandRunner;

TEST_CASE_FIXTURE(Runner, "DEL and UNLINK count the keys that were there") {
  run("MSET a 1 b 2 c 3");
  CHECK(run("DEL a b a none") == ":2");
  CHECK(run("UNLINK c c") == ":1");
  CHECK(run("DBSIZE") == ":0");
}

TEST_CASE_FIXTURE(Runner, "DELIFEQ deletes a key that holds the value") {
  run("SET k v");
  CHECK(run("DELIFEQ k w") == ":0");
  CHECK(run("DELIFEQ k v") == ":1");
  CHECK(run("DELIFEQ k v") == ":0");
}

TEST_CASE_FIXTURE(Runner, "EXISTS and TOUCH count a key as often as it is named") {
  run("SET k v");
  CHECK(run("EXISTS k k none") == ":2");
  CHECK(run("TOUCH k none k") == ":2");
}

TEST_CASE_FIXTURE(Runner, "TYPE knows strings") {
  run("SET k v");
  CHECK(run("TYPE k") == "+string");
  CHECK(run("TYPE none") == "+none");
}

TEST_CASE_FIXTURE(Runner, "RENAME moves value and expiry") {
  run("SET a 1 EX 10");
  run("SET b 2");
  CHECK(run("RENAME a b") == "+OK");
  CHECK(run("GET b") == "$1 1");
  CHECK(run("TTL b") == ":10");
  CHECK(run("EXISTS a") == ":0");
  CHECK(run("RENAME a b") == "-ERR no such key");
  CHECK(run("RENAME b b") == "+OK");
}

TEST_CASE_FIXTURE(Runner, "RENAMENX leaves a key that exists") {
  run("MSET a 1 b 2");
  CHECK(run("RENAMENX a b") == ":0");
  CHECK(run("RENAMENX a a") == ":0");
  CHECK(run("RENAMENX a c") == ":1");
  CHECK(run("RENAMENX a c") == "-ERR no such key");
  CHECK(run("MGET a b c") == "*3 $-1 $1 2 $1 1");
}

TEST_CASE_FIXTURE(Runner, "RANDOMKEY answers a key, or null if there is none") {
  CHECK(run("RANDOMKEY") == "$-1");
  run("SET k v");
  CHECK(run("RANDOMKEY") == "$1 k");
}

TEST_CASE_FIXTURE(Runner, "inspecting commands leave recency alone, TOUCH does not") {
  REQUIRE(store.set_eviction({.kind = storage::EvictionKind::lru}));
  for (const char* key : {"a", "b", "c"}) run({"SET", key, "v"});
  for (const char* command : {"TTL a", "TYPE a", "EXISTS a", "TOUCH b"}) run(command);
  sink.take();
  store.set_max_memory(1);
  while (store.maintain(now, 10)) continue;
  CHECK(sink.take() == "remove a evicted; remove c evicted; remove b evicted");
}

TEST_CASE_FIXTURE(Runner, "FLUSHALL and FLUSHDB remove every key") {
  for (const char* command : {"FLUSHALL", "FLUSHDB", "FLUSHALL async", "FLUSHDB SYNC"}) {
    run("MSET a 1 b 2");
    sink.take();
    CHECK(run(command) == "+OK");
    CHECK(run("DBSIZE") == ":0");
    CHECK(sink.take() == "clear");
  }
  CHECK(run("FLUSHALL now") == "-ERR syntax error");
  CHECK(run("FLUSHDB SYNC ASYNC") == "-ERR syntax error");
}

}  // namespace
}  // namespace cachekit::node
