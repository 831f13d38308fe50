#include "protocol/command_writer.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace cachekit::protocol {
namespace {

std::string written(const std::vector<std::string_view>& arguments) {
  std::string out = "before";
  append_command(out, arguments);
  return out.substr(6);
}

TEST_CASE("a command is an array of bulk strings") {
  CHECK(written({"GET", "key"}) == "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n");
}

TEST_CASE("an argument may be empty or hold line ends and zero bytes") {
  CHECK(written({"", std::string_view("\r\n\0", 3)}) ==
        std::string("*2\r\n$0\r\n\r\n$3\r\n\r\n\0\r\n", 19));
}

}  // namespace
}  // namespace cachekit::protocol
