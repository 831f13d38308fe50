#include "protocol/reply_writer.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "tests/unit/protocol/joined.h"

namespace cachekit::protocol {
namespace {

// What `write` writes in each version.
template <class Write>
std::string resp2(Write write) {
  Segments out;
  ReplyWriter writer(out, Version::resp2);
  write(writer);
  return joined(out);
}

template <class Write>
std::string resp3(Write write) {
  Segments out;
  ReplyWriter writer(out, Version::resp3);
  write(writer);
  return joined(out);
}

template <class Write>
void check(Write write, std::string_view in_resp2, std::string_view in_resp3) {
  CHECK(resp2(write) == in_resp2);
  CHECK(resp3(write) == in_resp3);
}

using Writer = ReplyWriter&;

TEST_CASE("simple strings") {
  check([](Writer w) { w.ok(); }, "+OK\r\n", "+OK\r\n");
  check([](Writer w) { w.simple("PONG"); }, "+PONG\r\n", "+PONG\r\n");
}

TEST_CASE("errors are written on one line, whatever they quote") {
  check([](Writer w) { w.error("ERR no"); }, "-ERR no\r\n", "-ERR no\r\n");
  check([](Writer w) { w.error("ERR 'a\r\nb'"); }, "-ERR 'a  b'\r\n", "-ERR 'a  b'\r\n");
  check([](Writer w) { w.error("ERR a\r\n\n"); }, "-ERR a\r\n", "-ERR a\r\n");
}

TEST_CASE("integers up to both ends of 64 bits") {
  check([](Writer w) { w.integer(0); }, ":0\r\n", ":0\r\n");
  check([](Writer w) { w.integer(std::numeric_limits<std::int64_t>::max()); },
        ":9223372036854775807\r\n", ":9223372036854775807\r\n");
  check([](Writer w) { w.integer(std::numeric_limits<std::int64_t>::min()); },
        ":-9223372036854775808\r\n", ":-9223372036854775808\r\n");
}

TEST_CASE("doubles are bulk strings in RESP2") {
  check([](Writer w) { w.real(1.5); }, "$3\r\n1.5\r\n", ",1.5\r\n");
  check([](Writer w) { w.real(-0.1); }, "$20\r\n-0.10000000000000001\r\n",
        ",-0.10000000000000001\r\n");
}

TEST_CASE("doubles that are no numbers have names") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  check([](Writer w) { w.real(infinity); }, "$3\r\ninf\r\n", ",inf\r\n");
  check([](Writer w) { w.real(-infinity); }, "$4\r\n-inf\r\n", ",-inf\r\n");
  check([](Writer w) { w.real(std::numeric_limits<double>::quiet_NaN()); }, "$3\r\nnan\r\n",
        ",nan\r\n");
}

TEST_CASE("booleans are integers in RESP2") {
  check([](Writer w) { w.boolean(true); }, ":1\r\n", "#t\r\n");
  check([](Writer w) { w.boolean(false); }, ":0\r\n", "#f\r\n");
}

TEST_CASE("bulk strings hold any byte, and none") {
  const std::string_view bytes("\0\r\n", 3);
  check([&](Writer w) { w.bulk(bytes); }, std::string_view("$3\r\n\0\r\n\r\n", 9),
        std::string_view("$3\r\n\0\r\n\r\n", 9));
  check([](Writer w) { w.bulk(""); }, "$0\r\n\r\n", "$0\r\n\r\n");
}

TEST_CASE("bulk strings of every size") {
  for (std::size_t size = 0; size < 200; ++size) {
    const std::string bytes(size, 'x');
    const std::string expected = "$" + std::to_string(size) + "\r\n" + bytes + "\r\n";
    CHECK(resp2([&](Writer w) { w.bulk(bytes); }) == expected);
  }
}

TEST_CASE("a reply that is an error says so") {
  Segments out;
  ReplyWriter writer(out);
  CHECK(writer.error_code().empty());
  writer.error("ERR no");
  writer.error("WRONGTYPE neither");
  CHECK(writer.error_code() == "ERR");
  ReplyWriter other(out);
  other.bulk("-ERR");
  CHECK(other.error_code().empty());
}

TEST_CASE("a pinned bulk reads like a copied one and shares its bytes") {
  const auto value = std::make_shared<const std::string>(1000, 'v');
  Segments out;
  ReplyWriter writer(out);
  writer.ok();
  writer.pinned_bulk(*value, value);
  writer.ok();
  CHECK(joined(out) == "+OK\r\n$1000\r\n" + *value + "\r\n+OK\r\n");
  REQUIRE(out.list().size() == 3);
  CHECK(out.list()[1].bytes().data() == value->data());
  CHECK(value.use_count() == 2);
}

TEST_CASE("verbatim text is a bulk string in RESP2") {
  check([](Writer w) { w.verbatim("# Server\r\n"); }, "$10\r\n# Server\r\n\r\n",
        "=14\r\ntxt:# Server\r\n\r\n");
}

TEST_CASE("RESP3 has one null, RESP2 two") {
  check([](Writer w) { w.null(); }, "$-1\r\n", "_\r\n");
  check([](Writer w) { w.null_array(); }, "*-1\r\n", "_\r\n");
}

TEST_CASE("aggregates: a map is a flat array in RESP2, sets and pushes are arrays") {
  check([](Writer w) { w.array(2); }, "*2\r\n", "*2\r\n");
  check([](Writer w) { w.map(2); }, "*4\r\n", "%2\r\n");
  check([](Writer w) { w.set(2); }, "*2\r\n", "~2\r\n");
  check([](Writer w) { w.push(2); }, "*2\r\n", ">2\r\n");
}

TEST_CASE("the version may change between two replies, as HELLO does it") {
  Segments out;
  ReplyWriter writer(out);
  writer.null();
  writer.set_version(Version::resp3);
  writer.null();
  CHECK(joined(out) == "$-1\r\n_\r\n");
}

}  // namespace
}  // namespace cachekit::protocol
