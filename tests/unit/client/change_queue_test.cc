// Changes on their way to the source, on virtual time.

#include "client/writing/change_queue.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "client/writing/options.h"
#include "tests/support/seed.h"

namespace cachekit::writing {
namespace {

using namespace std::chrono_literals;

constexpr Time day_one{std::chrono::hours(1)};

std::vector<std::string> keys_of(const std::vector<Change>& changes) {
  std::vector<std::string> keys;
  for (const Change& change : changes) keys.push_back(change.key);
  std::ranges::sort(keys);
  return keys;
}

using Keys = std::vector<std::string>;

TEST_CASE("a change is held back, and of several of a key only the last one is taken") {
  const WriteBehindOptions options{.delay = 100ms};
  ChangeQueue queue(options, 1);
  CHECK(queue.offer("k", "1", day_one));
  CHECK(queue.offer("k", "2", day_one + 90ms));
  CHECK(queue.next_due() == day_one + 100ms);
  CHECK(queue.take(day_one + 99ms).empty());
  CHECK(queue.take(day_one + 100ms) == std::vector<Change>{{"k", "2"}});
  CHECK(queue.coalesced() == 1);
  CHECK(queue.take(day_one + 1h).empty());
}

TEST_CASE("a change that comes while the one before is under way waits for its outcome") {
  const WriteBehindOptions options{.delay = 0ms};
  ChangeQueue queue(options, 1);
  queue.offer("k", "1", day_one);
  const auto taken = queue.take(day_one);
  queue.offer("k", "2", day_one);
  queue.offer("k", std::nullopt, day_one);
  CHECK(queue.take(day_one).empty());
  REQUIRE(queue.find("k") != nullptr);
  CHECK(*queue.find("k") == std::nullopt);
  queue.settle(taken);
  CHECK(queue.take(day_one) == std::vector<Change>{{"k", std::nullopt}});
  queue.settle({{"k", std::nullopt}});
  CHECK(queue.find("k") == nullptr);
  CHECK(queue.keys() == 0);
  CHECK(queue.bytes() == 0);
  CHECK(queue.written() == 2);
  CHECK(queue.coalesced() == 1);
}

TEST_CASE("one that is refused for ever is alone after a few calls, and hinders nobody") {
  const WriteBehindOptions options{
      .delay = 0ms, .batch = 8, .first_pause = 10ms, .longest_pause = 10ms};
  ChangeQueue queue(options, 1);
  for (const char* key : {"a", "b", "c", "d", "e", "f", "g", "poison"}) {
    queue.offer(key, "v", day_one);
  }
  Time now = day_one;
  std::size_t calls = 0;
  while (queue.keys() > 1 && calls < 30) {
    now = std::max(now, *queue.next_due());
    const auto taken = queue.take(now);
    REQUIRE_FALSE(taken.empty());
    ++calls;
    const auto keys = keys_of(taken);
    if (std::ranges::find(keys, "poison") == keys.end()) {
      queue.settle(taken);
    } else {
      CHECK(queue.retry(taken, now).empty());
    }
  }
  CHECK(queue.keys() == 1);
  CHECK(queue.find("poison") != nullptr);
  CHECK(calls < 20);
}

TEST_CASE("pauses grow, and a change that comes meanwhile waits for them, too") {
  const WriteBehindOptions options{.delay = 0ms, .first_pause = 100ms, .longest_pause = 1000ms};
  ChangeQueue queue(options, 1);
  queue.offer("k", "1", day_one);
  Time now = day_one;
  auto longest = std::chrono::steady_clock::duration(0);
  for (int i = 0; i < 10; ++i) {
    const auto taken = queue.take(now);
    REQUIRE(taken.size() == 1);
    CHECK(queue.retry(taken, now).empty());
    queue.offer("k", std::to_string(i), now);
    CHECK(queue.take(now).empty());
    longest = std::max(longest, *queue.next_due() - now);
    now = *queue.next_due();
  }
  CHECK(longest >= 500ms);
  CHECK(longest <= 1000ms);
  CHECK(queue.take(now) == std::vector<Change>{{"k", "9"}});
}

TEST_CASE("what is refused for too long is given up, and a later change is not for the earlier") {
  const WriteBehindOptions options{.delay = 0ms,
                                   .batch = 1,
                                   .first_pause = 10ms,
                                   .longest_pause = 10ms,
                                   .give_up_after = 1000ms};
  ChangeQueue queue(options, 1);
  std::vector<Change> lost;
  const auto refuse_all = [&](Time now) {
    for (auto taken = queue.take(now); !taken.empty(); taken = queue.take(now)) {
      for (Change& change : queue.retry(taken, now)) lost.push_back(std::move(change));
    }
  };
  queue.offer("old", "1", day_one);
  queue.offer("changed", "1", day_one);
  const Time later = day_one + 1h;  // until then nobody has had time
  refuse_all(later);
  queue.offer("changed", "2", later + 900ms);
  refuse_all(later + 900ms);
  CHECK(lost.empty());
  refuse_all(later + 1000ms);
  CHECK(lost == std::vector<Change>{{"old", "1"}});
  CHECK(queue.lost() == 1);
  refuse_all(later + 1899ms);
  CHECK(queue.keys() == 1);
  refuse_all(later + 1910ms);
  CHECK(lost.back() == Change{"changed", "2"});
  CHECK(queue.keys() == 0);
  CHECK(queue.bytes() == 0);
}

TEST_CASE("there is room for so many keys and bytes; a change of one that waits needs no key") {
  const WriteBehindOptions options{.max_keys = 2, .max_bytes = 20};
  ChangeQueue queue(options, 1);
  CHECK(queue.offer("a", "123456789", day_one));
  CHECK_FALSE(queue.offer("b", "1234567890", day_one));
  CHECK(queue.offer("b", "123456789", day_one));
  CHECK_FALSE(queue.offer("c", "", day_one));
  CHECK_FALSE(queue.offer("a", "1234567890", day_one));
  CHECK(*queue.find("a") == "123456789");
  CHECK(queue.offer("a", "1", day_one));
  CHECK(queue.bytes() == 12);
  CHECK(queue.accepted() == 3);
}

TEST_CASE("who flushes waits for what was accepted before, not for what comes after") {
  const WriteBehindOptions options{.delay = 1h};
  ChangeQueue queue(options, 1);
  queue.offer("a", "1", day_one);
  const std::uint64_t mark = queue.accepted();
  queue.offer("b", "1", day_one);
  CHECK(queue.left_of(mark) == 1);
  queue.begin_hurry(day_one + 1ms);
  CHECK(keys_of(queue.take(day_one + 1ms)) == Keys{"a", "b"});
  queue.offer("a", "2", day_one + 2ms);
  CHECK(queue.left_of(mark) == 1);
  CHECK(queue.has_left_of(mark));
  queue.end_hurry();
  queue.settle({{"a", "1"}});
  CHECK(queue.left_of(mark) == 0);
  CHECK_FALSE(queue.has_left_of(mark));
  CHECK(queue.keys() == 2);
  CHECK(queue.next_due() == day_one + 2ms + 1h);
}

TEST_CASE("while somebody flushes, nothing new is held back but what was refused") {
  const WriteBehindOptions options{.delay = 1h, .first_pause = 1s};
  ChangeQueue queue(options, 1);
  queue.begin_hurry(day_one);
  queue.begin_hurry(day_one);
  queue.end_hurry();
  queue.offer("a", "1", day_one);
  CHECK(queue.next_due() == day_one);
  const auto taken = queue.take(day_one);
  queue.offer("a", "2", day_one + 1ms);
  queue.settle(taken);
  CHECK(queue.next_due() == day_one + 1ms);
  queue.retry(queue.take(day_one + 1ms), day_one + 1ms);
  CHECK(queue.next_due() > day_one + 1ms);
  queue.end_hurry();
  queue.offer("b", "1", day_one);
  CHECK(queue.take(day_one + 59min) == std::vector<Change>{{"a", "2"}});
}

TEST_CASE("a change that was refused and then replaced is not in the source for who flushes") {
  const WriteBehindOptions options{.delay = 0ms};
  ChangeQueue queue(options, 1);
  queue.offer("a", "1", day_one);
  const std::uint64_t mark = queue.accepted();
  const auto taken = queue.take(day_one);
  queue.offer("a", "2", day_one);
  queue.retry(taken, day_one);
  CHECK(queue.left_of(mark) == 1);
  CHECK(queue.take(day_one + 1h) == std::vector<Change>{{"a", "2"}});
  queue.settle({{"a", "2"}});
  CHECK(queue.left_of(mark) == 0);
}

// Whatever happens, the source ends with each key's last change, has never had one after a later
// one, and the counts add up.
TEST_CASE("random changes and outcomes: the source gets the last change of each key, in order") {
  std::mt19937_64 random(test::seed());
  for (int round = 0; round < 200; ++round) {
    const WriteBehindOptions options{.delay = 5ms,
                                     .batch = 4,
                                     .max_keys = 6,
                                     .max_bytes = 60,
                                     .first_pause = 1ms,
                                     .longest_pause = 20ms};
    ChangeQueue queue(options, random());
    std::map<std::string, int> accepted;
    std::map<std::string, int> source;
    std::vector<std::vector<Change>> calls;
    Time now = day_one;
    const auto end_call = [&](bool succeeds) {
      const auto taken = calls.back();
      calls.pop_back();
      for (const Change& change : taken) {
        const int value = change.value ? std::stoi(*change.value) : -1;
        if (value >= 0) {
          CHECK(value >= source[change.key]);
          source[change.key] = value;
        }
      }
      succeeds ? queue.settle(taken) : void(queue.retry(taken, now));
    };
    for (int step = 1; step < 300; ++step) {
      now += std::chrono::milliseconds(random() % 3);
      const std::string key(1, static_cast<char>('a' + random() % 8));
      if (random() % 2 == 0) {
        if (queue.offer(key, std::to_string(step), now)) accepted[key] = step;
      } else if (calls.size() < 2) {
        if (auto taken = queue.take(now); !taken.empty()) {
          CHECK(taken.size() <= options.batch);
          calls.push_back(std::move(taken));
        }
      }
      if (!calls.empty() && random() % 2 == 0) end_call(random() % 3 != 0);
      CHECK(queue.keys() <= options.max_keys);
      CHECK(queue.bytes() <= options.max_bytes);
    }
    while (queue.keys() > 0) {
      while (!calls.empty()) end_call(true);
      now = std::max(now, queue.next_due().value_or(now));
      if (auto taken = queue.take(now); !taken.empty()) calls.push_back(std::move(taken));
    }
    CHECK(source == accepted);
    CHECK(queue.bytes() == 0);
    CHECK(queue.accepted() == queue.written() + queue.coalesced());
  }
}

TEST_CASE("options that make no sense are refused by name") {
  CHECK(problem_with({}).empty());
  CHECK(problem_with({.ttl = 0ms}).find("ttl") != std::string::npos);
  CHECK(problem_with({.delay = -1ms}).find("delay") != std::string::npos);
  CHECK(problem_with({.batch = 0}).find("batch") != std::string::npos);
  CHECK(problem_with({.threads = 0}).find("threads") != std::string::npos);
  CHECK(problem_with({.threads = 257}).find("threads") != std::string::npos);
  CHECK(problem_with({.max_keys = 0}).find("max_keys") != std::string::npos);
  CHECK(problem_with({.first_pause = 0ms}).find("first_pause") != std::string::npos);
  CHECK(problem_with({.first_pause = 9ms, .longest_pause = 8ms}).find("longest_pause") !=
        std::string::npos);
  CHECK(problem_with({.give_up_after = -1ms}).find("give_up_after") != std::string::npos);
  CHECK(problem_with({.flush_limit = -1ms}).find("flush_limit") != std::string::npos);
}

}  // namespace
}  // namespace cachekit::writing
