#include "cachekit/operations.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "protocol/command_table.h"
#include "tests/unit/client/replies.h"

namespace cachekit {
namespace {

using namespace cachekit::test;
using namespace std::chrono_literals;

std::string words(const Request& request) {
  std::string joined;
  using namespace cachekit::test;
  for (std::size_t i = 0; i < request.size(); ++i) {
    if (i > 0) joined += ' ';
    joined += request[i];
  }
  return joined;
}

std::string set_words(const SetOptions& options) {
  return words(operations::set("k", "v", options).request);
}

/// Each operation with the words that it writes.
std::vector<std::pair<Request, std::string>> written() {
  using namespace operations;
  const auto time = std::chrono::system_clock::time_point(1234567ms);
  const std::array<std::string_view, 2> keys{"a", "b"};
  const std::array<KeyValue, 2> pairs{{{"a", "1"}, {"b", "2"}}};
  return {
      {del(keys).request, "DEL a b"},
      {unlink(keys).request, "UNLINK a b"},
      {exists(keys).request, "EXISTS a b"},
      {touch(keys).request, "TOUCH a b"},
      {expire("k", 60s, ExpireCondition::always).request, "PEXPIRE k 60000"},
      {expire("k", 1ms, ExpireCondition::if_none).request, "PEXPIRE k 1 NX"},
      {expire("k", 1ms, ExpireCondition::if_any).request, "PEXPIRE k 1 XX"},
      {expire_at("k", time, ExpireCondition::if_later).request, "PEXPIREAT k 1234567 GT"},
      {expire_at("k", time, ExpireCondition::if_earlier).request, "PEXPIREAT k 1234567 LT"},
      {ttl("k").request, "TTL k"},
      {pttl("k").request, "PTTL k"},
      {expiretime("k").request, "EXPIRETIME k"},
      {pexpiretime("k").request, "PEXPIRETIME k"},
      {persist("k").request, "PERSIST k"},
      {type("k").request, "TYPE k"},
      {operations::rename("a", "b").request, "RENAME a b"},
      {renamenx("a", "b").request, "RENAMENX a b"},
      {copy("a", "b", false).request, "COPY a b"},
      {copy("a", "b", true).request, "COPY a b REPLACE"},
      {object_encoding("k").request, "OBJECT ENCODING k"},
      {object_freq("k").request, "OBJECT FREQ k"},
      {object_idletime("k").request, "OBJECT IDLETIME k"},
      {object_refcount("k").request, "OBJECT REFCOUNT k"},
      {memory_usage("k").request, "MEMORY USAGE k"},
      {scan(0, {}).request, "SCAN 0 COUNT 10"},
      {scan(18446744073709551615u, {.match = "u:*", .type = "set", .count = 1}).request,
       "SCAN 18446744073709551615 MATCH u:* TYPE set COUNT 1"},
      {command(keys).request, "a b"},

      {get("k").request, "GET k"},
      {set_get("k", "v", {.ttl = 1ms}).request, "SET k v PX 1 GET"},
      {getset("k", "v").request, "GETSET k v"},
      {getdel("k").request, "GETDEL k"},
      {getex("k", 1500ms).request, "GETEX k PX 1500"},
      {getex_at("k", time).request, "GETEX k PXAT 1234567"},
      {getex_persist("k").request, "GETEX k PERSIST"},
      {mget(keys).request, "MGET a b"},
      {mset(pairs).request, "MSET a 1 b 2"},
      {msetnx(pairs).request, "MSETNX a 1 b 2"},
      {append("k", "v").request, "APPEND k v"},
      {operations::strlen("k").request, "STRLEN k"},
      {getrange("k", 0, -1).request, "GETRANGE k 0 -1"},
      {setrange("k", 3, "v").request, "SETRANGE k 3 v"},
      {delifeq("k", "v").request, "DELIFEQ k v"},
      {incr("k", 1).request, "INCR k"},
      {incr("k", -5).request, "INCRBY k -5"},
      {decr("k", 1).request, "DECR k"},
      {decr("k", 2).request, "DECRBY k 2"},
      {incrbyfloat("k", 0.1).request, "INCRBYFLOAT k 0.1"},

      {lpush("k", keys).request, "LPUSH k a b"},
      {rpush("k", keys).request, "RPUSH k a b"},
      {lpushx("k", keys).request, "LPUSHX k a b"},
      {rpushx("k", keys).request, "RPUSHX k a b"},
      {lpop("k").request, "LPOP k"},
      {lpop("k", 2).request, "LPOP k 2"},
      {rpop("k").request, "RPOP k"},
      {rpop("k", 0).request, "RPOP k 0"},
      {llen("k").request, "LLEN k"},
      {lindex("k", -1).request, "LINDEX k -1"},
      {lrange("k", 0, -1).request, "LRANGE k 0 -1"},
      {lpos("k", "v", {}).request, "LPOS k v"},
      {lpos_all("k", "v", 0, {.rank = -2, .max_compared = 9}).request,
       "LPOS k v RANK -2 MAXLEN 9 COUNT 0"},
      {linsert("k", ListSide::before, "p", "v").request, "LINSERT k BEFORE p v"},
      {linsert("k", ListSide::after, "p", "v").request, "LINSERT k AFTER p v"},
      {lset("k", 1, "v").request, "LSET k 1 v"},
      {lrem("k", -1, "v").request, "LREM k -1 v"},
      {ltrim("k", 1, 2).request, "LTRIM k 1 2"},
      {lmove("a", "b", ListEnd::front, ListEnd::back).request, "LMOVE a b LEFT RIGHT"},

      {sadd("k", keys).request, "SADD k a b"},
      {srem("k", keys).request, "SREM k a b"},
      {scard("k").request, "SCARD k"},
      {sismember("k", "m").request, "SISMEMBER k m"},
      {smismember("k", keys).request, "SMISMEMBER k a b"},
      {smembers("k").request, "SMEMBERS k"},
      {sscan("k", 7, {.match = "m*", .count = 3}).request, "SSCAN k 7 MATCH m* COUNT 3"},
      {smove("a", "b", "m").request, "SMOVE a b m"},
      {spop("k").request, "SPOP k"},
      {spop("k", 2).request, "SPOP k 2"},
      {srandmember("k").request, "SRANDMEMBER k"},
      {srandmember("k", -2).request, "SRANDMEMBER k -2"},
      {sinter(keys).request, "SINTER a b"},
      {sunion(keys).request, "SUNION a b"},
      {sdiff(keys).request, "SDIFF a b"},
      {sintercard(keys, 0).request, "SINTERCARD 2 a b"},
      {sintercard(keys, 5).request, "SINTERCARD 2 a b LIMIT 5"},
      {sinterstore("t", keys).request, "SINTERSTORE t a b"},
      {sunionstore("t", keys).request, "SUNIONSTORE t a b"},
      {sdiffstore("t", keys).request, "SDIFFSTORE t a b"},

      {hset("k", pairs).request, "HSET k a 1 b 2"},
      {hsetnx("k", "f", "v").request, "HSETNX k f v"},
      {hget("k", "f").request, "HGET k f"},
      {hmget("k", keys).request, "HMGET k a b"},
      {hgetall("k").request, "HGETALL k"},
      {hdel("k", keys).request, "HDEL k a b"},
      {hexists("k", "f").request, "HEXISTS k f"},
      {hlen("k").request, "HLEN k"},
      {hstrlen("k", "f").request, "HSTRLEN k f"},
      {hkeys("k").request, "HKEYS k"},
      {hvals("k").request, "HVALS k"},
      {hincrby("k", "f", 1).request, "HINCRBY k f 1"},
      {hincrbyfloat("k", "f", 0.5).request, "HINCRBYFLOAT k f 0.5"},
      {hrandfield("k").request, "HRANDFIELD k"},
      {hrandfield("k", -2).request, "HRANDFIELD k -2"},
      {hrandfield_with_values("k", 2).request, "HRANDFIELD k 2 WITHVALUES"},
      {hscan("k", 0, {}).request, "HSCAN k 0 COUNT 10"},
  };
}

TEST_CASE("each operation writes its command") {
  for (const auto& [request, expected] : written()) {
    CHECK(words(request) == expected);
    CHECK(request.problem() == "");
  }
}

TEST_CASE("every command for data has an operation, or says another's word") {
  // What there is another operation for, or none since it has no key.
  const std::set<std::string_view> without = {
      "SETEX",     "PSETEX",   "SETNX", "INCRBY",    "DECRBY", "EXPIRE", "HMSET",
      "RPOPLPUSH", "EXPIREAT", "KEYS",  "RANDOMKEY", "SET",    "WAIT"};
  std::set<std::string> names;
  for (const auto& [request, expected] : written()) names.emplace(request[0]);
  for (const protocol::CommandSpec& spec : protocol::commands()) {
    const std::set<std::string_view> groups = {"generic", "string", "list", "set", "hash"};
    if (!groups.contains(spec.group) || without.contains(spec.name)) continue;
    CHECK_MESSAGE(names.contains(std::string(spec.name)), spec.name);
  }
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

TEST_CASE("calls that make no sense are refused before they are sent") {
  using namespace operations;
  const auto problem = [](const auto& operation) { return operation.request.problem(); };
  CHECK(problem(lpush("k", {})) == "LPUSH needs at least one value");
  CHECK(problem(rpushx("k", {})) == "RPUSHX needs at least one value");
  CHECK(problem(sadd("k", {})) == "SADD needs at least one member");
  CHECK(problem(smismember("k", {})) == "SMISMEMBER needs at least one member");
  CHECK(problem(hset("k", {})) == "HSET needs at least one field");
  CHECK(problem(hmget("k", {})) == "HMGET needs at least one field");
  CHECK(problem(sunionstore("k", {})) == "SUNIONSTORE needs at least one key besides its target");
  CHECK(problem(sintercard({}, 0)) == "SINTERCARD needs at least one key");
  CHECK(problem(sintercard({}, -1)) == "SINTERCARD needs at least one key");
  const std::array<std::string_view, 1> key{"k"};
  CHECK(problem(sintercard(key, -1)) == "SINTERCARD was given a limit below 0");
  CHECK(problem(lpop("k", -1)) == "LPOP was given a count of -1; it must be at least 0");
  CHECK(problem(spop("k", -1)) == "SPOP was given a count of -1; it must be at least 0");
  CHECK(problem(lpos_all("k", "v", -1, {})) ==
        "LPOS was given a count of -1; it must be at least 0");
  CHECK(problem(lpos("k", "v", {.rank = 0})) ==
        "LPOS was given rank 0; ranks count from 1, or from -1");
  CHECK(problem(lpos("k", "v", {.max_compared = -1})) == "LPOS was given a max_compared below 0");
  CHECK(problem(hincrbyfloat("k", "f", std::numeric_limits<double>::infinity())) ==
        "HINCRBYFLOAT was given inf; expected a finite number");
  CHECK(problem(scan(0, {.count = 0})) == "SCAN was given a count of 0; it must be at least 1");
  CHECK(problem(sscan("k", 0, {.type = "set"})) == "SSCAN takes no type");
  CHECK(problem(hscan("k", 0, {.count = -1})) ==
        "HSCAN was given a count of -1; it must be at least 1");
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

TEST_CASE("replies about collections are read as the operation's type") {
  using namespace operations;
  const Value two(Value::Array{text("a"), text("b")});
  const std::vector<std::string> strings{"a", "b"};
  CHECK(*lrange("k", 0, -1).decode(two) == strings);
  CHECK(*lpop("k", 2).decode(two) == strings);
  CHECK(lpop("k", 2).decode(Value())->empty());
  CHECK(*hkeys("k").decode(two) == strings);
  CHECK(*hgetall("k").decode(two) == std::vector<FieldValue>{{"a", "b"}});
  CHECK(*hrandfield_with_values("k", 1).decode(two) == std::vector<FieldValue>{{"a", "b"}});
  CHECK(*smismember("k", {}).decode(Value(Value::Array{number(1), number(0)})) ==
        std::vector<bool>{true, false});
  CHECK(*lpos_all("k", "v", 0, {}).decode(Value(Value::Array{number(3), number(5)})) ==
        std::vector<std::int64_t>{3, 5});
  CHECK(*lpos("k", "v", {}).decode(number(3)) == 3);
  CHECK(!lpos("k", "v", {}).decode(Value())->has_value());
  CHECK(*hincrbyfloat("k", "f", 1).decode(text("1.5")) == 1.5);
  CHECK(*memory_usage("k").decode(number(100)) == 100);
  CHECK(*sscan("k", 0, {}).decode(Value(Value::Array{text("17"), two})) ==
        ScanPage<std::string>{17, strings});
  CHECK(*hscan("k", 0, {}).decode(Value(Value::Array{text("0"), two})) ==
        ScanPage<FieldValue>{0, {{"a", "b"}}});
  CHECK(scan(0, {}).decode(Value(Value::Array{text("18446744073709551615"), two}))->cursor ==
        18446744073709551615u);
}

TEST_CASE("replies about collections of another kind are refused") {
  using namespace operations;
  const auto refuses = [](const auto& operation, Value reply) {
    const auto result = operation.decode(std::move(reply));
    return !result.has_value() && result.error().code() == Code::protocol_error;
  };
  const Value one(Value::Array{text("a")});
  CHECK(refuses(lrange("k", 0, 1), Value()));
  CHECK(refuses(lrange("k", 0, 1), Value(Value::Array{Value()})));
  CHECK(refuses(lpop("k"), one));
  CHECK(refuses(smismember("k", {}), Value(Value::Array{number(2)})));
  CHECK(refuses(lpos_all("k", "v", 0, {}), one));
  CHECK(refuses(lpos("k", "v", {}), text("1")));
  CHECK(refuses(hgetall("k"), Value(Value::Array{text("a"), number(1)})));
  CHECK(hgetall("k").decode(one).error().message() ==
        "HGETALL was answered with an array of 1 elements; expected an array of pairs");
  for (const char* cursor : {"", "x", "-1", "1 ", "18446744073709551616"}) {
    CHECK(refuses(scan(0, {}), Value(Value::Array{text(cursor), one})));
  }
  CHECK(refuses(sscan("k", 0, {}), Value(Value::Array{number(0), one})));
  CHECK(refuses(sscan("k", 0, {}), Value(Value::Array{text("0")})));
  CHECK(refuses(sscan("k", 0, {}), Value(Value::Array{text("0"), text("a")})));
  CHECK(refuses(hscan("k", 0, {}), Value(Value::Array{text("0"), one})));
  CHECK(refuses(sscan("k", 0, {}), one));
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

}  // namespace
}  // namespace cachekit
