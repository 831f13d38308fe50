#include "client/routing/split.h"

#include <doctest/doctest.h>

#include <numeric>

#include "tests/unit/client/replies.h"

namespace cachekit::routing {
namespace {

using namespace cachekit::test;

using Answers = std::vector<Result<Value>>;

std::string words(const Request& request) {
  std::string joined(request[0]);
  for (std::size_t i = 1; i < request.size(); ++i) joined.append(" ").append(request[i]);
  return joined;
}

std::vector<Part> split_at(const Request& whole, std::vector<std::uint32_t> shards) {
  auto parts = split(whole, *route_by_keys(whole), shards);
  REQUIRE(parts.has_value());
  return *std::move(parts);
}

Result<Value> merged(const Request& whole, std::vector<std::uint32_t> shards, Answers answers) {
  return merge(*route_by_keys(whole), split_at(whole, std::move(shards)), answers);
}

Value ok() { return Value(Value::SimpleString{"OK"}); }
Result<Value> failed(Code code) { return tl::unexpected(Status(code, "because")); }

TEST_CASE("only commands whose keys are independent can be split") {
  for (const char* name : {"MGET", "MSET", "DEL", "UNLINK", "EXISTS", "TOUCH"}) {
    CHECK_MESSAGE(can_split(*route_by_keys({name, "a", "b"})), name);
  }
  for (const char* name : {"MSETNX", "RENAME", "GET", "UNKNOWN"}) {
    CHECK_MESSAGE(!can_split(*route_by_keys({name, "a", "b"})), name);
  }
}

TEST_CASE("each shard gets its keys, in their order") {
  const auto parts = split_at({"MGET", "a", "b", "c", "d"}, {1, 0, 1, 0});
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].shard == 1);
  CHECK(words(parts[0].request) == "MGET a c");
  CHECK(parts[0].keys == std::vector<std::size_t>{0, 2});
  CHECK(parts[1].shard == 0);
  CHECK(words(parts[1].request) == "MGET b d");
}

TEST_CASE("keys take their values along") {
  const auto parts = split_at({"mset", "a", "1", "b", "2", "c", "3"}, {0, 1, 0});
  CHECK(words(parts[0].request) == "mset a 1 c 3");
  CHECK(words(parts[1].request) == "mset b 2");
}

TEST_CASE("a key without a value is refused") {
  const Request whole{"MSET", "a", "1", "b"};
  const std::vector<std::uint32_t> shards{0, 1};
  const auto parts = split(whole, *route_by_keys(whole), shards);
  REQUIRE(!parts.has_value());
  CHECK(parts.error().code() == Code::invalid_argument);
}

TEST_CASE("values are merged in the order of the keys") {
  const auto value =
      merged({"MGET", "a", "b", "c"}, {1, 0, 1},
             {Value(Value::Array{text("A"), Value()}), Value(Value::Array{text("B")})});
  CHECK(*value == Value(Value::Array{text("A"), text("B"), Value()}));
}

TEST_CASE("counts are added up, and OK is OK") {
  CHECK(*merged({"DEL", "a", "b"}, {0, 1}, {number(1), number(0)}) == number(1));
  CHECK(*merged({"EXISTS", "a", "b", "a"}, {0, 1, 0}, {number(2), number(1)}) == number(3));
  CHECK(*merged({"MSET", "a", "1", "b", "2"}, {0, 1}, {ok(), ok()}) == ok());
}

TEST_CASE("a part's unexpected answer is a protocol error") {
  CHECK(merged({"DEL", "a", "b"}, {0, 1}, {number(1), text("1")}).error().code() ==
        Code::protocol_error);
  CHECK(merged({"MGET", "a", "b"}, {0, 1}, {Value(Value::Array{}), Value(Value::Array{text("B")})})
            .error()
            .code() == Code::protocol_error);
}

TEST_CASE("a failed part of a read is the whole's failure") {
  CHECK(merged({"MGET", "a", "b"}, {0, 1},
               {Value(Value::Array{text("A")}), failed(Code::unavailable)})
            .error()
            .code() == Code::unavailable);
}

TEST_CASE("a write that was executed in part does not claim that nothing was") {
  const Request whole{"DEL", "a", "b"};
  const auto partly = merged(whole, {0, 1}, {number(1), failed(Code::unavailable)});
  CHECK(partly.error().code() == Code::outcome_unknown);
  CHECK(partly.error().message() == "DEL was executed on some shards only: because");
  CHECK(merged(whole, {0, 1}, {failed(Code::unavailable), failed(Code::deadline_exceeded)})
            .error()
            .code() == Code::unavailable);
  CHECK(merged(whole, {0, 1}, {failed(Code::unavailable), failed(Code::outcome_unknown)})
            .error()
            .code() == Code::outcome_unknown);
  CHECK(merged(whole, {0, 1}, {number(1), failed(Code::wrong_type)}).error().code() ==
        Code::wrong_type);
}

}  // namespace
}  // namespace cachekit::routing
