#include <doctest/doctest.h>

#include "tests/unit/node/commands/command_runner.h"

namespace cachekit::node {
namespace {

using Runner = test::CommandRunner;

TEST_CASE_FIXTURE(Runner, "expiries are set in four forms and read in four") {
  run("SET k v");
  CHECK(run("EXPIRE k 100") == ":1");
  CHECK(run("TTL k") == ":100");
  CHECK(run("PTTL k") == ":100000");
  CHECK(run("EXPIRETIME k") == ":1000100");
  CHECK(run("PEXPIRETIME k") == ":1000100000");
  CHECK(run("PEXPIRE k 1500") == ":1");
  CHECK(run("PTTL k") == ":1500");
  CHECK(run("TTL k") == ":2");
  CHECK(run("EXPIREAT k 1000001") == ":1");
  CHECK(run("PTTL k") == ":1000");
  CHECK(run("PEXPIREAT k 1000000003") == ":1");
  CHECK(run("PTTL k") == ":3");
}

TEST_CASE_FIXTURE(Runner, "without a key or an expiry there is no time to tell") {
  for (const char* command : {"TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"}) {
    CHECK(run(std::string(command) + " none") == ":-2");
    run("SET k v");
    CHECK(run(std::string(command) + " k") == ":-1");
  }
  CHECK(run("EXPIRE none 10") == ":0");
}

TEST_CASE_FIXTURE(Runner, "a key is gone when its time has come") {
  run("SET k v PX 10");
  now += 9;
  CHECK(run("GET k") == "$1 v");
  now += 1;
  CHECK(run("GET k") == "$-1");
}

TEST_CASE_FIXTURE(Runner, "PERSIST takes an expiry away") {
  run("SET k v EX 10");
  CHECK(run("PERSIST k") == ":1");
  CHECK(run("PERSIST k") == ":0");
  CHECK(run("PERSIST none") == ":0");
  CHECK(run("TTL k") == ":-1");
}

TEST_CASE_FIXTURE(Runner, "a time in the past removes the key") {
  for (const char* command :
       {"EXPIRE k -1", "EXPIRE k 0", "PEXPIREAT k 1", "EXPIREAT k -1", "PEXPIREAT k -1"}) {
    CAPTURE(command);
    run("SET k v");
    sink.take();
    CHECK(run(command) == ":1");
    CHECK(sink.take() == "remove k");
  }
}

TEST_CASE_FIXTURE(Runner, "NX, XX, GT and LT compare with the present expiry") {
  run("SET k v");
  CHECK(run("EXPIRE k 10 XX") == ":0");
  CHECK(run("EXPIRE k 10 GT") == ":0");
  CHECK(run("EXPIRE k 10 LT") == ":1");
  CHECK(run("EXPIRE k 20 NX") == ":0");
  CHECK(run("EXPIRE k 20 LT") == ":0");
  CHECK(run("EXPIRE k 20 GT") == ":1");
  CHECK(run("EXPIRE k 15 XX LT") == ":1");
  run("PERSIST k");
  CHECK(run("EXPIRE k 5 nx") == ":1");
  CHECK(run("TTL k") == ":5");
}

TEST_CASE_FIXTURE(Runner, "conditions that exclude each other are refused") {
  constexpr auto nx = "-ERR NX and XX, GT or LT options at the same time are not compatible";
  CHECK(run("EXPIRE k 1 NX XX") == nx);
  CHECK(run("EXPIRE k 1 GT NX") == nx);
  CHECK(run("EXPIRE k 1 GT LT") == "-ERR GT and LT options at the same time are not compatible");
  CHECK(run("EXPIRE k 1 AB") == "-ERR Unsupported option AB");
}

TEST_CASE_FIXTURE(Runner, "times that cannot be told are refused") {
  run("SET k v");
  CHECK(run("EXPIRE k x") == "-ERR value is not an integer or out of range");
  CHECK(run("EXPIRE k 9223372036854775807") == "-ERR invalid expire time in 'expire' command");
  CHECK(run("EXPIRE k -9223372036854775808") == "-ERR invalid expire time in 'expire' command");
  CHECK(run("PEXPIRE k 9223372036854775807") == "-ERR invalid expire time in 'pexpire' command");
  CHECK(run("PEXPIREAT k 9223372036854775807") == ":1");
  CHECK(run("EXPIRETIME k") == ":9223372036854776");
}

}  // namespace
}  // namespace cachekit::node
