#include "client/ctl/status_table.h"

#include <doctest/doctest.h>

namespace cachekit::ctl {
namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

NodeReport primary_report() {
  return {.managed = true,
          .role = "primary",
          .epoch = 3,
          .offset = 5000,
          .lease = "held",
          .replicas = {{"h:2", 2952, 12, false}, {"h:3", 0, 900, true}}};
}

NodeReport replica_report() {
  return {.managed = true, .role = "replica", .epoch = 3, .offset = 2952, .lease = "unneeded"};
}

TEST_CASE("the primary of a managed shard tells how far its replicas are behind") {
  const NodeStatus status{"master", 42, 3 * mebibyte, 64 * mebibyte, 30, 10, 1500};
  CHECK(status_table(7, {{"s1", "h:1", false, status, primary_report()},
                         {"s1", "h:2", false, status, replica_report()},
                         {"s1", "h:3", true, status, replica_report()},
                         {"s1", "h:4", true, std::nullopt},
                         {"s2", "h:10", false, std::nullopt}}) ==
        "topology version 7\n"
        "shard  node  role    epoch  lease     lag                    keys hit ratio     ops/s  "
        "memory\n"
        "s1     h:1   primary     3  held      -                        42    75.0 %      1500  "
        "3.0 MiB of 64.0 MiB\n"
        "s1     h:2   replica     3  -         2.0 KiB, 12 ms           42    75.0 %      1500  "
        "3.0 MiB of 64.0 MiB\n"
        "s1     h:3   absent      3  -         copying                  42    75.0 %      1500  "
        "3.0 MiB of 64.0 MiB\n"
        "s1     h:4   absent, unreachable\n"
        "s2     h:10  unreachable\n");
}

TEST_CASE("a node that is not managed has the role that INFO tells, and neither epoch nor lease") {
  NodeReport unmanaged = primary_report();
  unmanaged.managed = false;
  const NodeStatus status{"master", 0, 512, 0, 0, 0, 0};
  const std::string row =
      "  master      -  -         -                         0         -         0  512 B\n";
  CHECK(status_table(1, {{"s1", "h:1", false, status, unmanaged}}).ends_with("h:1 " + row));
  CHECK(status_table(1, {{"s1", "h:1", false, status}}).ends_with("h:1 " + row));
}

TEST_CASE("a replica is known by its run-id where its primary sees another address") {
  NodeReport primary = primary_report();
  primary.run_id = "run-1";
  primary.replicas = {{"gateway:2", 2952, 12, false, "run-2"}};
  NodeReport replica = replica_report();
  replica.run_id = "run-2";
  const NodeStatus status{"slave", 0, 512, 0, 0, 0, 0};
  const std::string table = status_table(
      1, {{"s1", "h:1", false, status, primary}, {"s1", "h:2", false, status, replica}});
  CHECK(table.find("2.0 KiB, 12 ms") != std::string::npos);
}

TEST_CASE("a replica of another shard, or one that its primary does not know, has no lag") {
  const NodeStatus status{"slave", 0, 512, 0, 0, 0, 0};
  const std::string table = status_table(1, {{"s1", "h:1", false, status, primary_report()},
                                             {"s1", "h:9", false, status, replica_report()},
                                             {"s2", "h:2", false, status, replica_report()}});
  CHECK(table.find(" ms") == std::string::npos);
}

TEST_CASE("a replica that has acknowledged more than its primary has told is not behind") {
  NodeReport primary = primary_report();
  primary.offset = 2000;
  const NodeStatus status{"slave", 0, 512, 0, 0, 0, 0};
  const std::string table = status_table(
      1, {{"s1", "h:1", false, status, primary}, {"s1", "h:2", false, status, replica_report()}});
  CHECK(table.find("0 B, 12 ms") != std::string::npos);
}

}  // namespace
}  // namespace cachekit::ctl
