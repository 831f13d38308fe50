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

TEST_CASE("the table has a row for each node, whether reachable or not") {
  const std::string table = status_table(
      {{"s1", "127.0.0.1:7001", status_from_info(info)}, {"s2", "127.0.0.1:7002", std::nullopt}});
  CHECK(table ==
        "shard  node            role          keys hit ratio     ops/s  memory\n"
        "s1     127.0.0.1:7001  master          42    75.0 %      1500  3.0 MiB of 64.0 MiB\n"
        "s2     127.0.0.1:7002  unreachable\n");
}

TEST_CASE("without reads there is no hit ratio, and without a limit none is shown") {
  const std::string table = status_table({{"s1", "h:1", NodeStatus{"master", 0, 512, 0, 0, 0, 0}}});
  CHECK(table.ends_with("-         0  512 B\n"));
}

}  // namespace
}  // namespace cachekit::ctl
