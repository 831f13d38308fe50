// What commands for collections tell the sink, and what they do where memory ends. Their replies
// are compared with Redis's in tests/conformance/.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/unit/node/commands/command_runner.h"

namespace cachekit::node {
namespace {

using Runner = test::CommandRunner;

TEST_CASE_FIXTURE(Runner, "what a command took away is told, not how it chose") {
  run("SADD s a b c");
  sink.take();
  const std::string popped = run("SPOP s");
  CHECK(sink.take() == fmt::format("(; s drop {}; )", popped.substr(popped.find(' ') + 1)));
  run("SPOP s 5");
  CHECK(sink.take() == "(; remove s; )");
}

TEST_CASE_FIXTURE(Runner, "an increment is told as its result") {
  run("HINCRBY h n 5");
  run("HINCRBY h n -7");
  run("HINCRBYFLOAT h n 0.5");
  CHECK(sink.take() == "(; h n=5; ); (; h n=-2; ); (; h n=-1.5; )");
}

TEST_CASE_FIXTURE(Runner, "a trimmed list loses its end first, then its start") {
  run("RPUSH l a b c d e");
  sink.take();
  CHECK(run("LTRIM l 1 2") == "+OK");
  CHECK(sink.take() == "(; l erase 3 2; l erase 0 1; )");
  CHECK(run("LTRIM l 5 9") == "+OK");
  CHECK(sink.take() == "(; remove l; )");
}

TEST_CASE_FIXTURE(Runner, "a moved element arrives before it leaves, as one group") {
  run("RPUSH l a b");
  sink.take();
  CHECK(run("LMOVE l l LEFT RIGHT") == "$1 a");
  CHECK(sink.take() == "(; (; l push-back a; ); l erase 0 1; )");
  run("SADD s m");
  sink.take();
  CHECK(run("SMOVE s t m") == ":1");
  CHECK(sink.take() == "(; (; t add m; ); remove s; )");
}

TEST_CASE_FIXTURE(Runner, "a list that is rotated keeps its expiry, even with one element") {
  run("RPUSH l a");
  run("EXPIRE l 100");
  run("LMOVE l l LEFT RIGHT");
  CHECK(run("TTL l") == ":100");
}

TEST_CASE_FIXTURE(Runner, "nothing is told where nothing changed") {
  run("SADD s a");
  run("HSET h f v");
  run("RPUSH l a");
  sink.take();
  for (const char* command : {"SADD s a", "SREM s x", "HSETNX h f w", "HDEL h x", "LREM l 0 x",
                              "LTRIM l 0 -1", "SMOVE s t x", "LPUSHX none a", "SPOP none"}) {
    CAPTURE(command);
    run(command);
    const std::string told = sink.take();
    CHECK((told.empty() || told == "(; )"));
  }
}

TEST_CASE_FIXTURE(Runner, "an expired collection is created anew, without an expiry") {
  run("RPUSH l old");
  run("PEXPIRE l 10");
  now += 10;
  sink.take();
  CHECK(run("RPUSH l new") == ":1");
  CHECK(sink.take() == "remove l expired; (; l push-back new; )");
  CHECK(run("TTL l") == ":-1");
}

TEST_CASE("a command that does not fit as a whole changes nothing") {
  Runner runner({.max_memory_bytes = 4 << 20});
  runner.run("RPUSH l a b c");
  runner.run("HSET h f v");
  std::vector<std::string> push = {"RPUSH", "l"};
  std::vector<std::string> set = {"HSET", "h"};
  for (int i = 0; i < 100; ++i) {
    push.push_back(std::string(100'000, 'x'));
    set.insert(set.end(), {std::to_string(i), std::string(100'000, 'x')});
  }
  const std::string refusal = "-OOM command not allowed when used memory > 'maxmemory'.";
  runner.sink.take();
  CHECK(runner.run(push) == refusal);
  CHECK(runner.run(set) == refusal);
  push[1] = "new";
  CHECK(runner.run(push) == refusal);
  CHECK(runner.sink.take().empty());
  CHECK(runner.run("LRANGE l 0 -1") == "*3 $1 a $1 b $1 c");
  CHECK(runner.run("HGETALL h") == "*2 $1 f $1 v");
  CHECK(runner.run("EXISTS new") == ":0");
}

TEST_CASE_FIXTURE(Runner, "the smallest and the largest numbers are limits, not traps") {
  run("RPUSH l a b c a");
  CHECK(run("LREM l -9223372036854775808 a") == ":2");
  CHECK(run("LRANGE l -9223372036854775808 9223372036854775807") == "*2 $1 b $1 c");
  CHECK(run("LINDEX l -9223372036854775808") == "$-1");
  CHECK(run("LPOP l 9223372036854775807") == "*2 $1 b $1 c");
  run("SADD s a");
  CHECK(run("SPOP s 9223372036854775807") == "*1 $1 a");
  CHECK(run("LPOS l a RANK -9223372036854775808").starts_with("-ERR value is out of range"));
}

}  // namespace
}  // namespace cachekit::node
