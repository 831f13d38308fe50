#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "tests/unit/node/commands/command_runner.h"

namespace cachekit::node {
namespace {

using Runner = test::CommandRunner;

struct Page {
  std::string cursor;
  std::vector<std::string> keys;
};

// Reads "*2 $1 0 *2 $1 a $1 b".
Page page_of(const std::string& reply) {
  std::istringstream words(reply);
  std::string skipped;
  std::string count;
  Page page;
  words >> skipped >> skipped >> page.cursor >> count;
  for (std::string key; words >> skipped >> key;) page.keys.push_back(key);
  REQUIRE(count == "*" + std::to_string(page.keys.size()));
  return page;
}

std::multiset<std::string> scan_all(Runner& runner, const std::string& options) {
  std::multiset<std::string> keys;
  Page page{.cursor = "0", .keys = {}};
  do {
    page = page_of(runner.run("SCAN " + page.cursor + " " + options));
    keys.insert(page.keys.begin(), page.keys.end());
  } while (page.cursor != "0");
  return keys;
}

TEST_CASE_FIXTURE(Runner, "SCAN walks over every key once") {
  std::multiset<std::string> all;
  for (int i = 0; i < 500; ++i) {
    all.insert("key:" + std::to_string(i));
    run("SET key:" + std::to_string(i) + " v");
  }
  CHECK(scan_all(*this, "") == all);
  CHECK(scan_all(*this, "COUNT 100") == all);
  CHECK(scan_all(*this, "TYPE string MATCH key:*") == all);
  CHECK(scan_all(*this, "TYPE list").empty());
  CHECK(scan_all(*this, "MATCH key:1?").size() == 10);
}

TEST_CASE_FIXTURE(Runner, "SCAN answers about as many keys as asked") {
  for (int i = 0; i < 500; ++i) run("SET key:" + std::to_string(i) + " v");
  const Page page = page_of(run("SCAN 0 COUNT 50"));
  CHECK(page.keys.size() >= 50);
  CHECK(page.keys.size() < 70);
}

TEST_CASE_FIXTURE(Runner, "SCAN of an empty store ends at once") {
  CHECK(run("SCAN 0") == "*2 $1 0 *0");
}

TEST_CASE_FIXTURE(Runner, "SCAN refuses what it does not know") {
  CHECK(run("SCAN x") == "-ERR invalid cursor");
  CHECK(run("SCAN 99999999999999999999999") == "-ERR invalid cursor");
  CHECK(run("SCAN 0 COUNT") == "-ERR syntax error");
  CHECK(run("SCAN 0 COUNT 0") == "-ERR syntax error");
  CHECK(run("SCAN 0 COUNT x") == "-ERR value is not an integer or out of range");
  CHECK(run("SCAN 0 SORT x") == "-ERR syntax error");
}

TEST_CASE_FIXTURE(Runner, "a SCAN from any number ends") {
  run("SET k v");
  for (const char* cursor : {"1", "281474976710655", "281474976710656", "18446744073709551615"}) {
    CAPTURE(cursor);
    const Page page = page_of(run(std::string("SCAN ") + cursor + " COUNT 1000"));
    CHECK(page.cursor == "0");
  }
}

TEST_CASE_FIXTURE(Runner, "KEYS answers all keys that match") {
  run("MSET one 1 two 2 three 3");
  CHECK(run("KEYS o*") == "*1 $3 one");
  CHECK(run("KEYS none") == "*0");
  CHECK(run("KEYS *").starts_with("*3 "));
  CHECK(run("KEYS t[a-v]*") == "*1 $5 three");
}

TEST_CASE_FIXTURE(Runner, "expired keys are not listed") {
  run("SET k v PX 1");
  now += 1;
  CHECK(run("KEYS *") == "*0");
  CHECK(run("SCAN 0") == "*2 $1 0 *0");
}

}  // namespace
}  // namespace cachekit::node
