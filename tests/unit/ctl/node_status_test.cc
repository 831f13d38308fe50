#include "client/ctl/node_status.h"

#include <doctest/doctest.h>

namespace cachekit::ctl {
namespace {

constexpr std::string_view info =
    "# Memory\r\nused_memory:3145728\r\nmaxmemory:67108864\r\n# Stats\r\n"
    "instantaneous_ops_per_sec:1500\r\nkeyspace_hits:30\r\nkeyspace_misses:10\r\n"
    "# Replication\r\nrole:master\r\n# Keyspace\r\ndb0:keys=42,expires=7,avg_ttl=0\r\n";

TEST_CASE("the fields of INFO that the table shows") {
  const NodeStatus expected{"master", 42, 3'145'728, 67'108'864, 30, 10, 1500};
  CHECK(status_from_info(info) == expected);
}

TEST_CASE("a field that is not told is 0, and no field is found inside another's name") {
  const NodeStatus status = status_from_info("used_memory_rss:5\r\nused_memory_peak:7\r\n");
  CHECK(status.memory_bytes == 0);
  CHECK(status.keys == 0);
  CHECK(status.role.empty());
}

}  // namespace
}  // namespace cachekit::ctl
