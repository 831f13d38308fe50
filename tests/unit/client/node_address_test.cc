#include "client/topology/node_address.h"

#include <doctest/doctest.h>

namespace cachekit::topology {
namespace {

TEST_CASE("hosts, IPv6 hosts and Unix sockets are read") {
  CHECK(*parse_node_address("cache-1.example:7379") == NodeAddress{"cache-1.example", 7379, ""});
  CHECK(*parse_node_address("[2001:db8::1]:65535") == NodeAddress{"2001:db8::1", 65535, ""});
  CHECK(*parse_node_address("unix:/run/x.sock") == NodeAddress{"", 0, "/run/x.sock"});
  CHECK(parse_node_address("unix:/run/x.sock")->is_unix());
}

TEST_CASE("what is no address is refused") {
  for (const char* text : {"", "host", ":1", "host:", "host:x", "host:1x", "host:-1", "host:65536",
                           "ho st:1", "[::1]", "[::1", "[]:1", "a/b:1", "unix:", "unix:x"}) {
    CHECK_MESSAGE(!parse_node_address(text).has_value(), text);
  }
}

TEST_CASE("the path of a Unix socket has the system's limit") {
  const std::string longest = "unix:/" + std::string(max_unix_path_bytes - 1, 'x');
  CHECK(parse_node_address(longest).has_value());
  CHECK(!parse_node_address(longest + "x").has_value());
}

}  // namespace
}  // namespace cachekit::topology
