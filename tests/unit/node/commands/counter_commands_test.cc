#include <doctest/doctest.h>

#include "tests/unit/node/commands/command_runner.h"

namespace cachekit::node {
namespace {

using Runner = test::CommandRunner;

TEST_CASE_FIXTURE(Runner, "counters start at 0 and go up and down") {
  CHECK(run("INCR k") == ":1");
  CHECK(run("INCRBY k 10") == ":11");
  CHECK(run("DECR k") == ":10");
  CHECK(run("DECRBY k 20") == ":-10");
  CHECK(run("GET k") == "$3 -10");
}

TEST_CASE_FIXTURE(Runner, "a counter keeps its expiry") {
  run("SET k 5 EX 10");
  CHECK(run("INCR k") == ":6");
  CHECK(run("TTL k") == ":10");
}

TEST_CASE_FIXTURE(Runner, "what is not spelled as an integer is not counted") {
  for (const char* value : {"a", "1a", " 1", "1 ", "01", "+1", "-0", "", "1.5",
                            "9223372036854775808", "-9223372036854775809"}) {
    CAPTURE(value);
    run({"SET", "k", value});
    CHECK(run("INCR k") == "-ERR value is not an integer or out of range");
    CHECK(run({"INCRBY", "other", value}) == "-ERR value is not an integer or out of range");
  }
}

TEST_CASE_FIXTURE(Runner, "counters do not overflow") {
  run("SET k 9223372036854775807");
  CHECK(run("INCR k") == "-ERR increment or decrement would overflow");
  CHECK(run("DECR k") == ":9223372036854775806");
  run("SET k -9223372036854775808");
  CHECK(run("DECR k") == "-ERR increment or decrement would overflow");
  CHECK(run("DECRBY k -9223372036854775808") == "-ERR decrement would overflow");
}

TEST_CASE_FIXTURE(Runner, "INCRBYFLOAT adds and writes without exponent or trailing zeros") {
  run("SET k 10.50");
  CHECK(run("INCRBYFLOAT k 0.1") == "$4 10.6");
  run("SET k 5.0e3");
  CHECK(run("INCRBYFLOAT k 2.0e2") == "$4 5200");
  run("SET k 3");
  CHECK(run("INCRBYFLOAT k -3") == "$1 0");
  CHECK(run("INCRBYFLOAT k 1e20") == "$21 100000000000000000000");
  CHECK(run("INCRBYFLOAT new 0.1") == "$3 0.1");
}

TEST_CASE_FIXTURE(Runner, "INCRBYFLOAT refuses what is no finite number") {
  run("SET k 1");
  CHECK(run("INCRBYFLOAT k x") == "-ERR value is not a valid float");
  CHECK(run("INCRBYFLOAT k nan") == "-ERR value is not a valid float");
  CHECK(run("INCRBYFLOAT k \" 1\"") == "-ERR value is not a valid float");
  CHECK(run("INCRBYFLOAT k inf") == "-ERR increment would produce NaN or Infinity");
  run("SET k a");
  CHECK(run("INCRBYFLOAT k 1") == "-ERR value is not a valid float");
}

}  // namespace
}  // namespace cachekit::node
