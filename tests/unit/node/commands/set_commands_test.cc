#include <doctest/doctest.h>

#include "tests/unit/node/commands/command_runner.h"

namespace cachekit::node {
namespace {

using Runner = test::CommandRunner;

TEST_CASE_FIXTURE(Runner, "SET stores, GET returns") {
  CHECK(run("SET k v") == "+OK");
  CHECK(run("GET k") == "$1 v");
  CHECK(run("GET none") == "$-1");
}

TEST_CASE_FIXTURE(Runner, "a missing value is a null of the protocol in use") {
  version = protocol::Version::resp3;
  CHECK(run("GET none") == "_");
}

TEST_CASE_FIXTURE(Runner, "SET takes an expiry in four forms") {
  CHECK(run("SET k v EX 10") == "+OK");
  CHECK(run("PTTL k") == ":10000");
  CHECK(run("SET k v px 10") == "+OK");
  CHECK(run("PTTL k") == ":10");
  CHECK(run("SET k v EXAT 1000001") == "+OK");
  CHECK(run("PTTL k") == ":1000");
  CHECK(run("SET k v PXAT 1000000007") == "+OK");
  CHECK(run("PTTL k") == ":7");
}

TEST_CASE_FIXTURE(Runner, "SET without KEEPTTL takes the expiry away") {
  run("SET k v EX 10");
  CHECK(run("SET k w KEEPTTL") == "+OK");
  CHECK(run("TTL k") == ":10");
  CHECK(run("SET k w") == "+OK");
  CHECK(run("TTL k") == ":-1");
}

TEST_CASE_FIXTURE(Runner, "SET NX and XX depend on whether the key exists") {
  CHECK(run("SET k v XX") == "$-1");
  CHECK(run("SET k v NX") == "+OK");
  CHECK(run("SET k w NX") == "$-1");
  CHECK(run("SET k w XX") == "+OK");
  CHECK(run("GET k") == "$1 w");
}

TEST_CASE_FIXTURE(Runner, "SET GET answers the old value, whether it sets or not") {
  CHECK(run("SET k a GET") == "$-1");
  CHECK(run("SET k b GET") == "$1 a");
  CHECK(run("SET k c NX GET") == "$1 b");
  CHECK(run("GET k") == "$1 b");
}

TEST_CASE_FIXTURE(Runner, "SET IFEQ sets only over the given value") {
  CHECK(run("SET k new IFEQ old") == "$-1");
  CHECK(run("EXISTS k") == ":0");
  run("SET k old");
  CHECK(run("SET k new IFEQ other") == "$-1");
  CHECK(run("SET k new IFEQ old EX 5") == "+OK");
  CHECK(run("SET k newer IFEQ no GET") == "$3 new");
  CHECK(run("SET k newer IFEQ new GET") == "$3 new");
  CHECK(run("GET k") == "$5 newer");
}

TEST_CASE_FIXTURE(Runner, "SET refuses words that exclude each other") {
  for (const char* words : {"NX XX", "XX NX", "EX 1 PX 1", "EX 1 KEEPTTL", "KEEPTTL EX 1", "EX",
                            "IFEQ", "IFEQ a NX", "NX IFEQ a", "PERSIST", "nonsense"}) {
    CAPTURE(words);
    CHECK(run(std::string("SET k v ") + words) == "-ERR syntax error");
  }
  CHECK(run("EXISTS k") == ":0");
}

TEST_CASE_FIXTURE(Runner, "SET refuses expiries that are no positive time") {
  CHECK(run("SET k v EX x") == "-ERR value is not an integer or out of range");
  for (const char* words :
       {"EX 0", "EX -1", "PX 0", "EXAT 0", "EX 9223372036854775807", "PX 9223372036854775807"}) {
    CAPTURE(words);
    CHECK(run(std::string("SET k v ") + words) == "-ERR invalid expire time in 'set' command");
  }
}

TEST_CASE_FIXTURE(Runner, "SET with a time in the past leaves no key") {
  run("SET k v");
  CHECK(run("SET k w EXAT 1") == "+OK");
  CHECK(run("EXISTS k") == ":0");
}

TEST_CASE_FIXTURE(Runner, "SETNX, SETEX, PSETEX and GETSET are SETs under other names") {
  CHECK(run("SETNX k v") == ":1");
  CHECK(run("SETNX k w") == ":0");
  CHECK(run("SETEX k 10 w") == "+OK");
  CHECK(run("TTL k") == ":10");
  CHECK(run("PSETEX k 10 x") == "+OK");
  CHECK(run("PTTL k") == ":10");
  CHECK(run("GETSET k y") == "$1 x");
  CHECK(run("TTL k") == ":-1");
  CHECK(run("GETSET none z") == "$-1");
  CHECK(run("SETEX k 0 w") == "-ERR invalid expire time in 'setex' command");
  CHECK(run("PSETEX k -1 w") == "-ERR invalid expire time in 'psetex' command");
}

TEST_CASE_FIXTURE(Runner, "a write that does not fit is refused") {
  store.set_max_memory(100'000);
  const std::string big(200'000, 'x');
  CHECK(run({"SET", "k", big}) == "-OOM command not allowed when used memory > 'maxmemory'.");
  CHECK(run({"SETNX", "k", big}) == "-OOM command not allowed when used memory > 'maxmemory'.");
  CHECK(run({"MSET", "j", "v", "k", big}) ==
        "-OOM command not allowed when used memory > 'maxmemory'.");
  CHECK(run("EXISTS j k") == ":0");
}

TEST_CASE_FIXTURE(Runner, "a large value comes back whole, also when it is replaced meanwhile") {
  const std::string big(100'000, 'x');
  run({"SET", "k", big});
  CHECK(run("GETSET k v") == "$100000 " + big);
  run({"SET", "k", big});
  CHECK(run("GETDEL k") == "$100000 " + big);
}

}  // namespace
}  // namespace cachekit::node
