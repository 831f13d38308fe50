// Every combination of the options of SET, GETEX and EXPIRE, on keys in every state: a node must
// answer and leave the key as redis-server does.

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/conformance/server_pair.h"

namespace cachekit::conformance {
namespace {

// How a key may be before a command meets it.
const std::vector<Words> states = {
    {},
    {"SET", "key", "old"},
    {"SET", "key", "old", "PXAT", "4102444800000"},
    {"SET", "key", "old", "PXAT", "4202444800000"},
    {"SET", "key", "old", "PXAT", "1"},
};

// Absolute times, so that what is left behind can be compared exactly.
const std::vector<Words> absolute_expiries = {{},
                                              {"EXAT", "4102444801"},
                                              {"PXAT", "4102444800001"},
                                              {"EXAT", "1"},
                                              {"PXAT", "1"},
                                              {"EXAT", "0"},
                                              {"EXAT", "-1"},
                                              {"PXAT", "0"},
                                              {"EXAT", "x"},
                                              {"PXAT", ""},
                                              {"EXAT"},
                                              {"EXAT", "9223372036854775807"},
                                              {"EX", "0"},
                                              {"PX", "-1"},
                                              {"EX", "1.5"},
                                              {"PX", "9223372036854775807"},
                                              {"EX", "9223372036854775"},
                                              {"PERSIST"},
                                              {"KEEPTTL"}};

Words joined(const std::vector<Words>& parts) {
  Words all;
  for (const Words& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

void check_on_every_state(ServerPair& servers, const Words& command) {
  for (const Words& state : states) {
    servers.check_same({"DEL", "key"});
    if (!state.empty()) servers.check_same(state);
    servers.check_same(command);
    servers.check_same({"PEXPIRETIME", "key"});
    servers.check_same({"GET", "key"});
  }
}

// Calls `visit` with every subset of the flags.
template <class Visit>
void for_each_subset(const Words& flags, Visit visit) {
  for (std::size_t chosen = 0; chosen < (std::size_t{1} << flags.size()); ++chosen) {
    Words subset;
    for (std::size_t i = 0; i < flags.size(); ++i) {
      if ((chosen >> i & 1) != 0) subset.push_back(flags[i]);
    }
    visit(subset);
  }
}

TEST_CASE("SET with every combination of options") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  for (const int protocol : {2, 3}) {
    servers.start_over(protocol);
    for (const Words& expiry : absolute_expiries) {
      for_each_subset({"NX", "XX", "GET", "KEEPTTL"}, [&](const Words& flags) {
        check_on_every_state(servers, joined({{"SET", "key", "new"}, flags, expiry}));
      });
    }
  }
}

TEST_CASE("SET with its options in any order") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  std::vector<Words> options = {{"EXAT", "4102444801"}, {"NX"}, {"GET"}};
  std::sort(options.begin(), options.end());
  do {
    check_on_every_state(servers, joined({{"set", "key", "new"}, joined(options)}));
  } while (std::next_permutation(options.begin(), options.end()));
}

TEST_CASE("SET with an option twice or two expiries") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  for (const Words& options : std::vector<Words>{{"NX", "NX"},
                                                 {"GET", "GET"},
                                                 {"XX", "xx"},
                                                 {"KEEPTTL", "KEEPTTL"},
                                                 {"EXAT", "4102444801", "EXAT", "4102444802"},
                                                 {"EXAT", "4102444801", "PX", "100000000"},
                                                 {"EX", "EX", "5"},
                                                 {"EX", "NX"},
                                                 {"4102444801", "EXAT"},
                                                 {"NX", "FOO"}}) {
    check_on_every_state(servers, joined({{"SET", "key", "new"}, options}));
  }
}

TEST_CASE("GETEX with every option") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  for (const int protocol : {2, 3}) {
    servers.start_over(protocol);
    for (const Words& expiry : absolute_expiries) {
      check_on_every_state(servers, joined({{"GETEX", "key"}, expiry}));
      check_on_every_state(servers, joined({{"GETEX", "key"}, expiry, {"PERSIST"}}));
    }
  }
}

TEST_CASE("EXPIREAT and PEXPIREAT with every combination of conditions") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  const std::vector<Words> commands = {{"PEXPIREAT", "key", "4150000000000"},
                                       {"PEXPIREAT", "key", "4102444800000"},
                                       {"EXPIREAT", "key", "4102444800"},
                                       {"EXPIREAT", "key", "4300000000"},
                                       {"EXPIREAT", "key", "1"},
                                       {"PEXPIREAT", "key", "0"},
                                       {"EXPIREAT", "key", "-1"},
                                       {"EXPIREAT", "key", "9223372036854775807"},
                                       {"EXPIREAT", "key", "abc"},
                                       {"EXPIRE", "key", "0"},
                                       {"EXPIRE", "key", "-1"},
                                       {"PEXPIRE", "key", "-1000"},
                                       {"EXPIRE", "key", "9223372036854775807"},
                                       {"PEXPIRE", "key", "9223372036854775807"},
                                       {"EXPIRE", "key", "-9223372036854775808"},
                                       {"EXPIRE", "key", "x"}};
  for (const Words& command : commands) {
    for_each_subset({"NX", "XX", "GT", "LT"}, [&](const Words& conditions) {
      check_on_every_state(servers, joined({command, conditions}));
    });
  }
}

TEST_CASE("an unknown condition of EXPIRE is named in the error") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  servers.check_same({"SET", "key", "value"});
  for (const char* name : {"EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"}) {
    servers.check_same({name, "key", "100", "FOO"});
    servers.check_same({name, "key", "100", "NX", "FOO"});
    servers.check_same({name, "key", "100", ""});
    servers.check_same({name, "missing", "100", "FOO"});
  }
}

TEST_CASE("conditions compare relative expiries with what is there") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  servers.check_same({"SET", "key", "value"});
  for (const Words& command : std::vector<Words>{{"EXPIRE", "key", "1000", "GT"},
                                                 {"EXPIRE", "key", "1000", "LT"},
                                                 {"EXPIRE", "key", "2000", "LT"},
                                                 {"EXPIRE", "key", "2000", "GT"},
                                                 {"PEXPIRE", "key", "3000000", "XX", "GT"},
                                                 {"PEXPIRE", "key", "3000000", "NX"},
                                                 {"PERSIST", "key"},
                                                 {"PERSIST", "key"},
                                                 {"PEXPIRE", "key", "3000000", "NX"}}) {
    servers.check_same(command);
  }
}

TEST_CASE("EX and PX set what TTL and PTTL tell") {
  if (!test::redis_is_installed()) return;
  ServerPair servers;
  servers.check_same({"SET", "key", "value", "EX", "1000"});
  for (const auto& ask : {&ServerPair::ask_node, &ServerPair::ask_redis}) {
    const int seconds = std::stoi(text_of((servers.*ask)({"TTL", "key"})));
    const int millis = std::stoi(text_of((servers.*ask)({"PTTL", "key"})));
    CHECK(seconds >= 990);
    CHECK(seconds <= 1000);
    CHECK(millis >= 990'000);
    CHECK(millis <= 1'000'000);
  }
}

}  // namespace
}  // namespace cachekit::conformance
