#include "client/routing/route.h"

#include <doctest/doctest.h>

namespace cachekit::routing {
namespace {

using cachekit::protocol::Retry;

std::string refusal(const Request& request) {
  const auto route = route_by_keys(request);
  REQUIRE(!route.has_value());
  CHECK(route.error().code() == Code::invalid_argument);
  return route.error().message();
}

TEST_CASE("keys are found by the command table, in any case") {
  const auto get = route_by_keys({"get", "k"});
  REQUIRE(get.has_value());
  CHECK(get->keys.count == 1);
  CHECK(key_position(get->keys, 0) == 1);
  CHECK(get->retry == Retry::read);
  CHECK(!get->writes);

  const auto mset = route_by_keys({"MSET", "a", "1", "b", "2"});
  CHECK(mset->keys.count == 2);
  CHECK(key_position(mset->keys, 1) == 3);
  CHECK(mset->writes);
}

TEST_CASE("SET with a condition is not repeatable") {
  CHECK(route_by_keys({"SET", "k", "v", "PX", "1"})->retry == Retry::same_state);
  CHECK(route_by_keys({"SET", "k", "v", "NX"})->retry == Retry::never);
}

TEST_CASE("an unknown command is a write of its first argument") {
  const auto route = route_by_keys({"ZADD", "ranking", "1", "x"});
  REQUIRE(route.has_value());
  CHECK(route->spec == nullptr);
  CHECK(route->keys.count == 1);
  CHECK(route->retry == Retry::never);
  CHECK(route->writes);
}

TEST_CASE("commands without a key are sent to a node by name only") {
  CHECK(refusal({"PING"}) ==
        "PING names no key, so no shard is its own; send it to a node with command_on");
  CHECK(refusal({"INFO", "memory"}).find("command_on") != std::string::npos);
  CHECK(refusal({"EVAL", "return 1", "0"}).find("command_on") != std::string::npos);
  CHECK(refusal({"NOSUCH"}).find("command_on") != std::string::npos);
  CHECK(refusal({"GET"}) == "GET needs at least one key");
  CHECK(refusal({"MGET"}) == "MGET needs at least one key");
  CHECK(route_to_node({"PING"}).has_value());
  CHECK(route_to_node({"INFO", "memory"})->retry == Retry::read);
  CHECK(route_to_node({"CONFIG", "SET", "a", "b"})->retry == Retry::never);
}

TEST_CASE("commands that would change a shared connection are refused everywhere") {
  for (const char* name :
       {"SUBSCRIBE", "subscribe", "MULTI", "SELECT", "HELLO", "MONITOR", "AUTH", "WATCH", "QUIT"}) {
    CHECK_MESSAGE(!route_to_node({name, "x"}).has_value(), name);
    CHECK(refusal({name, "x"}).find("shared") != std::string::npos);
  }
  CHECK(!route_to_node({"CLIENT", "reply", "OFF"}).has_value());
  CHECK(route_to_node({"CLIENT", "LIST"}).has_value());
}

TEST_CASE("a request that was refused when it was made is refused here") {
  Request request{"SET", "k", "v"};
  request.refuse("two options contradict each other");
  CHECK(refusal(request) == "two options contradict each other");
  CHECK(refusal({}) == "a command needs at least its name");
}

}  // namespace
}  // namespace cachekit::routing
