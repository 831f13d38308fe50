// A node and redis-server are fed the same random commands and must give the same replies.

#include "tests/conformance/differential.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <set>

#include "tests/support/seed.h"

namespace cachekit::conformance {
namespace {

using test::ServerProcess;

constexpr std::size_t episode_commands = 250;
// A fault usually shows in many episodes; ten descriptions are enough for a person.
constexpr std::size_t most_descriptions = 10;

bool is_long_form() { return std::getenv("CACHEKIT_TEST_LONG") != nullptr; }

// Runs episodes and calls `report` with the description of each mismatch; how many there were.
template <class Report>
std::size_t compare(const Differential& differential, std::size_t command_count, std::uint64_t seed,
                    Report report) {
  std::size_t found = 0;
  for (std::size_t episode = 0; episode * episode_commands < command_count; ++episode) {
    const auto text = differential.find_mismatch(make_episode(seed + episode, episode_commands));
    if (!text) continue;
    report(*text);
    if (++found == most_descriptions) break;
  }
  return found;
}

void fail(const std::string& text) { FAIL_CHECK(text); }

TEST_CASE("redis-server agrees with itself: the comparison is fair") {
  if (!test::redis_is_installed()) return;
  const auto left = ServerProcess::start_redis();
  const auto right = ServerProcess::start_redis();
  const Differential differential(left->endpoint(), right->endpoint());
  compare(differential, 3000, test::seed() + 1, fail);
  left->stop();
  right->stop();
}

TEST_CASE("a difference is found and shrunk to what it needs") {
  if (!test::redis_is_installed()) return;
  const auto left = ServerProcess::start_redis();
  const auto right = ServerProcess::start_redis({"--rename-command", "PERSIST", ""});
  const Differential differential(left->endpoint(), right->endpoint());
  Episode episode{6, 2, {{{"SET", "a", "1"}}, {{"GET", "a"}}, {{"PERSIST", "a"}}, {{"GET", "b"}}}};
  const auto mismatch = differential.run(episode);
  REQUIRE(mismatch.has_value());
  CHECK(mismatch->index == 2);
  CHECK(mismatch->left == ":0\r\n");
  CHECK(differential.shrink(episode, *mismatch).commands.size() == 1);
  CHECK(compare(differential, 8000, test::seed(), [](const std::string& text) {
          CHECK(text.find("unknown command") != std::string::npos);
        }) == most_descriptions);
}

TEST_CASE("a difference in the state shows, with the commands that lead to it") {
  if (!test::redis_is_installed()) return;
  const auto left = ServerProcess::start_redis();
  const auto right = ServerProcess::start_redis({"--proto-max-bulk-len", "1mb"});
  const Differential differential(left->endpoint(), right->endpoint());
  Episode episode{7, 3, {}};
  for (int i = 0; i < 20; ++i) episode.commands.push_back({{"INCR", "other"}});
  episode.commands.push_back({{"SETRANGE", "big", "1048576", "x"}});
  episode.commands.push_back({{"PING"}});
  const auto mismatch = differential.run(episode);
  REQUIRE(mismatch.has_value());
  CHECK(differential.shrink(episode, *mismatch).commands.size() == 1);
}

TEST_CASE("how replies are compared") {
  CHECK(agree(Comparison::seconds, ":100\r\n", ":101\r\n"));
  CHECK_FALSE(agree(Comparison::seconds, ":100\r\n", ":200\r\n"));
  CHECK_FALSE(agree(Comparison::seconds, ":-1\r\n", ":-2\r\n"));
  CHECK_FALSE(agree(Comparison::seconds, ":0\r\n", ":-2\r\n"));
  CHECK(
      agree(Comparison::unordered, "*2\r\n$1\r\na\r\n$1\r\nb\r\n", "*2\r\n$1\r\nb\r\n$1\r\na\r\n"));
  CHECK_FALSE(agree(Comparison::unordered, "*1\r\n$1\r\na\r\n", "*1\r\n$1\r\nb\r\n"));
  CHECK(agree(Comparison::shape, "$1\r\na\r\n", "$2\r\nbb\r\n"));
  CHECK_FALSE(agree(Comparison::shape, "$1\r\na\r\n", "$-1\r\n"));
  CHECK_FALSE(agree(Comparison::exact, "+OK\r\n", "$2\r\nOK\r\n"));
}

TEST_CASE("a node answers random commands as redis-server does") {
  if (!test::redis_is_installed()) return;
  const auto node = ServerProcess::start_node();
  const auto redis = ServerProcess::start_redis();
  const Differential differential(node->endpoint(), redis->endpoint());
  const std::size_t command_count = is_long_form() ? 3'000'000 : 20'000;
  compare(differential, command_count, test::seed(), fail);
  node->stop();
  redis->stop();
}

}  // namespace
}  // namespace cachekit::conformance
