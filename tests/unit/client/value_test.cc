#include "cachekit/value.h"

#include <doctest/doctest.h>

#include "cachekit/status.h"
#include "tests/unit/client/replies.h"

namespace cachekit {
namespace {

using namespace cachekit::test;

TEST_CASE("values are shown as redis-cli shows them") {
  CHECK(Value().text() == "(nil)");
  CHECK(Value(std::int64_t{-3}).text() == "(integer) -3");
  CHECK(text("plain").text() == "\"plain\"");
  CHECK(Value(std::string("\"\\\n\r\t\a\b\x00\xff", 9)).text() == R"("\"\\\n\r\t\a\b\x00\xff")");
  CHECK(Value(Value::SimpleString{"OK"}).text() == "OK");
  CHECK(Value(Value::ErrorText{"ERR no"}).text() == "(error) ERR no");
}

TEST_CASE("elements of arrays are numbered and aligned") {
  CHECK(array({}).text() == "(empty array)");
  CHECK(array({text("a"), Value()}).text() == "1) \"a\"\n2) (nil)");
  CHECK(array({array({text("a"), text("b")}), text("c")}).text() ==
        "1) 1) \"a\"\n   2) \"b\"\n2) \"c\"");
  const std::string ten = array(Value::Array(10, text("x"))).text();
  CHECK(ten.starts_with(" 1) \"x\"\n 2)"));
  CHECK(ten.ends_with("\n10) \"x\""));
}

TEST_CASE("a status shows its code and its sentence") {
  CHECK(Status().text() == "ok");
  CHECK(Status(Code::outcome_unknown, "who knows").text() == "outcome_unknown: who knows");
  CHECK(name_of(Code::topology_error) == "topology_error");
}

TEST_CASE("value_or_throw throws the status") {
  CHECK(cachekit::value_or_throw(cachekit::Result<int>(7)) == 7);
  try {
    cachekit::value_or_throw(cachekit::Result<int>(tl::unexpected(Status(Code::unavailable, "x"))));
    FAIL("nothing was thrown");
  } catch (const cachekit::Error& error) {
    CHECK(error.code() == Code::unavailable);
    CHECK(std::string(error.what()) == "unavailable: x");
  }
}

}  // namespace
}  // namespace cachekit
