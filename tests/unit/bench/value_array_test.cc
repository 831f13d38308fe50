#include "bench/compare/value_array.h"

#include <doctest/doctest.h>

#include <string>

namespace cachekit::bench::compare {
namespace {

std::string get_of(std::string_view key) {
  return fmt::format("*2\r\n$3\r\nGET\r\n$13\r\n{}\r\n", key);
}

std::string set_of(std::string_view key, std::string_view value) {
  return fmt::format("*3\r\n$3\r\nSET\r\n$13\r\n{}\r\n${}\r\n{}\r\n", key, value.size(), value);
}

TEST_CASE("a value is told where its key's digits say, and no other") {
  ValueArray array(100, 3);
  array.store(get_of("key:000000001") + set_of("key:000000042", "abc"));
  CHECK(array.reply_to(set_of("key:000000042", "xyz") + get_of("key:000000042")) ==
        "$3\r\nabc\r\n");
  CHECK(array.reply_to(get_of("key:000000041")) == "$3\r\nxxx\r\n");
  CHECK(array.reply_to(get_of("key:000000043")) == "$3\r\nxxx\r\n");
  CHECK(array.reply_to(get_of("key:000000142")) == "$3\r\nabc\r\n");
}

TEST_CASE("what has come in part changes nothing, and is answered all the same") {
  ValueArray array(100, 3);
  const std::string set = set_of("key:000000042", "abc");
  for (std::size_t received = 1; received < 20; ++received) {
    array.store(std::string_view(set).substr(set.size() - received));
  }
  CHECK(array.reply_to(get_of("key:000000042")) == "$3\r\nxxx\r\n");
  CHECK(array.reply_to("2\r\n").size() == 9);
  CHECK(array.reply_to("\n").size() == 9);
}

}  // namespace
}  // namespace cachekit::bench::compare
