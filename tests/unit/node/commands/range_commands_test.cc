#include <doctest/doctest.h>

#include "tests/unit/node/commands/command_runner.h"

namespace cachekit::node {
namespace {

using Runner = test::CommandRunner;

TEST_CASE_FIXTURE(Runner, "APPEND adds to the value, keeps the expiry and answers the length") {
  CHECK(run("APPEND k abc") == ":3");
  run("EXPIRE k 10");
  CHECK(run("APPEND k def") == ":6");
  CHECK(run("GET k") == "$6 abcdef");
  CHECK(run("TTL k") == ":10");
}

TEST_CASE_FIXTURE(Runner, "GETRANGE counts from both ends") {
  run("SET k \"This is a string\"");
  CHECK(run("GETRANGE k 0 3") == "$4 This");
  CHECK(run("GETRANGE k -3 -1") == "$3 ing");
  CHECK(run("GETRANGE k 0 -1") == "$16 This is a string");
  CHECK(run("GETRANGE k 10 100") == "$6 string");
  CHECK(run("GETRANGE k -100 2") == "$3 Thi");
  CHECK(run("GETRANGE k 5 3") == "$0 ");
  CHECK(run("GETRANGE k -1 -5") == "$0 ");
  CHECK(run("GETRANGE k 100 200") == "$0 ");
  CHECK(run("GETRANGE none 0 -1") == "$0 ");
  CHECK(run("GETRANGE k a 1") == "-ERR value is not an integer or out of range");
  CHECK(run("GETRANGE k -9223372036854775808 9223372036854775807") == "$16 This is a string");
}

TEST_CASE_FIXTURE(Runner, "SETRANGE overwrites, and pads with zeros where it must") {
  run("SET k \"Hello World\"");
  CHECK(run("SETRANGE k 6 Redis") == ":11");
  CHECK(run("GET k") == "$11 Hello Redis");
  CHECK(run("SETRANGE k 9 stop") == ":13");
  CHECK(run("GET k") == "$13 Hello Redstop");
  CHECK(run("SETRANGE new 2 x") == ":3");
  CHECK(run("GET new") == std::string("$3 \0\0x", 6));
}

TEST_CASE_FIXTURE(Runner, "SETRANGE with nothing changes nothing") {
  CHECK(run("SETRANGE none 5 \"\"") == ":0");
  CHECK(run("EXISTS none") == ":0");
  run("SET k abc");
  CHECK(run("SETRANGE k 100 \"\"") == ":3");
}

TEST_CASE_FIXTURE(Runner, "offsets that make no sense are refused") {
  CHECK(run("SETRANGE k -1 x") == "-ERR offset is out of range");
  CHECK(run("SETRANGE k x x") == "-ERR value is not an integer or out of range");
}

TEST_CASE_FIXTURE(Runner, "values beyond the limit are refused") {
  constexpr auto too_large = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)";
  CHECK(run("SETRANGE k 536870912 x") == too_large);
  CHECK(run("SETRANGE k 9223372036854775807 x") == too_large);
  store.set_max_value_bytes(10);
  run("SET k 123456789");
  CHECK(run("APPEND k 0") == ":10");
  CHECK(run("APPEND k 1") == too_large);
}

}  // namespace
}  // namespace cachekit::node
