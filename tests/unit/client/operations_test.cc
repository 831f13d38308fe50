#include "cachekit/operations.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace cachekit;
using namespace std::chrono_literals;

namespace {

std::string words(const Request& request) {
  std::string joined;
  for (std::size_t i = 0; i < request.size(); ++i) {
    if (i > 0) joined += ' ';
    joined += request[i];
  }
  return joined;
}

std::string set_words(const SetOptions& options) {
  return words(operations::set("k", "v", options).request);
}

Value text(std::string bytes) { return Value(std::move(bytes)); }
Value number(std::int64_t value) { return Value(value); }
Value simple(const char* bytes) { return Value(Value::SimpleString{bytes}); }

}  // namespace

TEST_CASE("each operation writes its command") {
  using namespace operations;
  const auto time = std::chrono::system_clock::time_point(1234567ms);
  const std::string_view keys[] = {"a", "b"};
  const KeyValue pairs[] = {{"a", "1"}, {"b", "2"}};
  CHECK(words(get("k").request) == "GET k");
  CHECK(words(getset("k", "v").request) == "GETSET k v");
  CHECK(words(getdel("k").request) == "GETDEL k");
  CHECK(words(getex("k", 1500ms).request) == "GETEX k PX 1500");
  CHECK(words(mget(keys).request) == "MGET a b");
  CHECK(words(mset(pairs).request) == "MSET a 1 b 2");
  CHECK(words(msetnx(pairs).request) == "MSETNX a 1 b 2");
  CHECK(words(append("k", "v").request) == "APPEND k v");
  CHECK(words(operations::strlen("k").request) == "STRLEN k");
  CHECK(words(getrange("k", 0, -1).request) == "GETRANGE k 0 -1");
  CHECK(words(setrange("k", 3, "v").request) == "SETRANGE k 3 v");
  CHECK(words(delifeq("k", "v").request) == "DELIFEQ k v");
  CHECK(words(incr("k", 1).request) == "INCR k");
  CHECK(words(incr("k", -5).request) == "INCRBY k -5");
  CHECK(words(decr("k", 1).request) == "DECR k");
  CHECK(words(decr("k", 2).request) == "DECRBY k 2");
  CHECK(words(incrbyfloat("k", 0.1).request) == "INCRBYFLOAT k 0.1");
  CHECK(words(del(keys).request) == "DEL a b");
  CHECK(words(unlink(keys).request) == "UNLINK a b");
  CHECK(words(exists(keys).request) == "EXISTS a b");
  CHECK(words(touch(keys).request) == "TOUCH a b");
  CHECK(words(expire("k", 60s, ExpireCondition::always).request) == "PEXPIRE k 60000");
  CHECK(words(expire("k", 1ms, ExpireCondition::if_none).request) == "PEXPIRE k 1 NX");
  CHECK(words(expire("k", 1ms, ExpireCondition::if_any).request) == "PEXPIRE k 1 XX");
  CHECK(words(expire_at("k", time, ExpireCondition::if_later).request) == "PEXPIREAT k 1234567 GT");
  CHECK(words(expire_at("k", time, ExpireCondition::if_earlier).request) ==
        "PEXPIREAT k 1234567 LT");
  CHECK(words(ttl("k").request) == "TTL k");
  CHECK(words(pttl("k").request) == "PTTL k");
  CHECK(words(persist("k").request) == "PERSIST k");
  CHECK(words(type("k").request) == "TYPE k");
  CHECK(words(operations::rename("a", "b").request) == "RENAME a b");
  CHECK(words(renamenx("a", "b").request) == "RENAMENX a b");
  CHECK(words(command(keys).request) == "a b");
}

TEST_CASE("SET writes its options") {
  CHECK(set_words({}) == "SET k v");
  CHECK(set_words({.ttl = 5s}) == "SET k v PX 5000");
  CHECK(set_words({.expire_at = std::chrono::system_clock::time_point(1700ms)}) ==
        "SET k v PXAT 1700");
  CHECK(set_words({.keep_ttl = true, .condition = SetOptions::Condition::if_present}) ==
        "SET k v KEEPTTL XX");
  CHECK(set_words({.ttl = 1ms, .condition = SetOptions::Condition::if_absent}) ==
        "SET k v PX 1 NX");
  CHECK(set_words({.if_equal = "old"}) == "SET k v IFEQ old");
}

TEST_CASE("points in time are rounded up to milliseconds") {
  const auto time = std::chrono::system_clock::time_point(1500us);
  CHECK(set_words({.expire_at = time}) == "SET k v PXAT 2");
}

TEST_CASE("options that contradict each other are refused before they are sent") {
  CHECK(operations::set("k", "v", {}).request.problem().empty());
  CHECK(operations::set("k", "v", {.ttl = 0ms}).request.problem() ==
        "SET was given a time to live of 0 ms; it must be at least 1 ms");
  CHECK(!operations::set("k", "v", {.ttl = 1s, .keep_ttl = true}).request.problem().empty());
  CHECK(!operations::set("k", "v", {.condition = SetOptions::Condition::if_absent, .if_equal = "x"})
             .request.problem()
             .empty());
  CHECK(!operations::getex("k", -1ms).request.problem().empty());
  CHECK(!operations::incrbyfloat("k", std::nan("")).request.problem().empty());
  CHECK(!operations::command({}).request.problem().empty());
}

TEST_CASE("replies are read as the operation's type") {
  CHECK(**operations::get("k").decode(text("v")) == "v");
  CHECK(!operations::get("k").decode(Value())->has_value());
  CHECK(*operations::set("k", "v", {}).decode(simple("OK")));
  CHECK(!*operations::set("k", "v", {}).decode(Value()));
  CHECK(*operations::incr("k", 1).decode(number(501)) == 501);
  CHECK(*operations::incrbyfloat("k", 1).decode(text("10.25")) == 10.25);
  CHECK(*operations::expire("k", 1s, ExpireCondition::always).decode(number(1)));
  CHECK(*operations::type("k").decode(simple("string")) == "string");
  CHECK(operations::rename("a", "b").decode(simple("OK")).has_value());
  const auto values =
      operations::mget({}).decode(Value(Value::Array{text("1"), Value(), text("3")}));
  CHECK(*values == std::vector<std::optional<std::string>>{"1", std::nullopt, "3"});
  CHECK(*operations::command({}).decode(number(1)) == number(1));
}

TEST_CASE("a reply of another kind is a protocol error that tells who answered what") {
  const auto reply = operations::get("k").decode(number(1));
  REQUIRE(!reply.has_value());
  CHECK(reply.error().code() == Code::protocol_error);
  CHECK(reply.error().message() ==
        "GET was answered with (integer) 1; expected a string or nothing");
  CHECK(operations::incr("k", 1).decode(text("1")).error().message() ==
        "INCR was answered with \"1\"; expected an integer");
  CHECK(operations::persist("k").decode(number(2)).error().code() == Code::protocol_error);
  CHECK(operations::incrbyfloat("k", 1).decode(text("1x")).error().code() == Code::protocol_error);
  CHECK(operations::mget({}).decode(Value(Value::Array{number(1)})).error().message() ==
        "MGET was answered with (integer) 1; expected a string or nothing");
  CHECK(operations::strlen("k").decode(text(std::string(1000, 'x'))).error().message() ==
        "STRLEN was answered with a string of 1000 bytes; expected an integer");
}
