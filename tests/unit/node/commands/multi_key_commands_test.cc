#include <doctest/doctest.h>

#include "tests/unit/node/commands/command_runner.h"

namespace cachekit::node {
namespace {

using Runner = test::CommandRunner;

TEST_CASE_FIXTURE(Runner, "MSET sets several keys, MGET reads them in order") {
  CHECK(run("MSET a 1 b 2") == "+OK");
  CHECK(run("MGET b none a a") == "*4 $1 2 $-1 $1 1 $1 1");
}

TEST_CASE_FIXTURE(Runner, "of a key that MSET names twice the last value stays") {
  CHECK(run("MSET a 1 a 2") == "+OK");
  CHECK(run("GET a") == "$1 2");
}

TEST_CASE_FIXTURE(Runner, "MSETNX sets all keys or none") {
  CHECK(run("MSETNX a 1 b 2") == ":1");
  CHECK(run("MSETNX c 3 a 4") == ":0");
  CHECK(run("MGET a b c") == "*3 $1 1 $1 2 $-1");
}

TEST_CASE_FIXTURE(Runner, "a key without a value is refused") {
  CHECK(run("MSET a 1 b") == "-ERR wrong number of arguments for 'mset' command");
  CHECK(run("MSETNX a 1 b") == "-ERR wrong number of arguments for 'msetnx' command");
}

TEST_CASE_FIXTURE(Runner, "several keys are one group of effects") {
  run("MSET a 1 b 2");
  CHECK(sink.take() == "(; set a 1; set b 2; )");
  run("DEL a b c");
  CHECK(sink.take() == "(; remove a; remove b; )");
}

}  // namespace
}  // namespace cachekit::node
