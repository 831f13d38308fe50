// The test support's own reader of replies: if it were wrong, comparisons would mean nothing.

#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/support/resp_connection.h"

namespace cachekit::test {
namespace {

// How long the reply at the start of these bytes is, when they come one by one.
std::size_t scanned(std::string_view bytes) {
  ReplyScanner scanner;
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    if (const std::size_t found = scanner.scan(bytes.substr(0, size)); found > 0) return found;
  }
  return 0;
}

TEST_CASE("every type of reply ends where it ends") {
  for (const std::string_view reply :
       {"+OK\r\n", "-ERR no\r\n", ":-5\r\n", "$-1\r\n", "$0\r\n\r\n", "$4\r\na\r\nb\r\n", "*-1\r\n",
        "*0\r\n", "*2\r\n$1\r\na\r\n:1\r\n", "*2\r\n*1\r\n*0\r\n+x\r\n", "_\r\n", "#t\r\n",
        ",1.5\r\n", "(123\r\n", "=6\r\ntxt:ab\r\n", "~1\r\n:1\r\n", "%1\r\n+a\r\n*1\r\n:1\r\n",
        ">2\r\n+a\r\n+b\r\n", "!3\r\nERR\r\n"}) {
    CAPTURE(reply);
    CHECK(scanned(reply) == reply.size());
    CHECK(scanned(std::string(reply) + "+next\r\n") == reply.size());
    CHECK(scanned(reply.substr(0, reply.size() - 1)) == 0);
  }
}

TEST_CASE("what is no reply is refused") {
  ReplyScanner scanner;
  CHECK_THROWS_AS(scanner.scan("hello\r\n"), std::runtime_error);
}

TEST_CASE("commands are encoded as arrays of bulk strings") {
  CHECK(encode_command({"GET", "", "a\r\n"}) == "*3\r\n$3\r\nGET\r\n$0\r\n\r\n$3\r\na\r\n\r\n");
}

}  // namespace
}  // namespace cachekit::test
