#include <doctest/doctest.h>

#include "tests/unit/node/commands/command_runner.h"

namespace cachekit::node {
namespace {

using Runner = test::CommandRunner;

TEST_CASE_FIXTURE(Runner, "GETDEL returns the value and removes the key") {
  run("SET k v");
  CHECK(run("GETDEL k") == "$1 v");
  CHECK(run("GETDEL k") == "$-1");
}

TEST_CASE_FIXTURE(Runner, "GETEX returns the value and sets, keeps or removes its expiry") {
  run("SET k v");
  CHECK(run("GETEX k EX 10") == "$1 v");
  CHECK(run("TTL k") == ":10");
  CHECK(run("GETEX k") == "$1 v");
  CHECK(run("TTL k") == ":10");
  CHECK(run("GETEX k PERSIST") == "$1 v");
  CHECK(run("TTL k") == ":-1");
  CHECK(run("GETEX k EXAT 1") == "$1 v");
  CHECK(run("EXISTS k") == ":0");
}

TEST_CASE_FIXTURE(Runner, "GETEX refuses what is no expiry") {
  run("SET k v");
  CHECK(run("GETEX k PERSIST EX 1") == "-ERR syntax error");
  CHECK(run("GETEX k NX") == "-ERR syntax error");
  CHECK(run("GETEX k KEEPTTL") == "-ERR syntax error");
  CHECK(run("GETEX k EX 0") == "-ERR invalid expire time in 'getex' command");
  CHECK(run("GETEX none EX 0") == "$-1");
}

TEST_CASE_FIXTURE(Runner, "STRLEN counts bytes") {
  run("SET k \"a\\x00b\"");
  CHECK(run("STRLEN k") == ":3");
  CHECK(run("STRLEN none") == ":0");
}

}  // namespace
}  // namespace cachekit::node
