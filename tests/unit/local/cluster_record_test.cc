#include "client/local/cluster_record.h"

#include <doctest/doctest.h>

namespace cachekit::local {
namespace {

const ClusterRecord sample{"/opt/cachekit-node",
                           {"--maxmemory=64mb"},
                           {{"s1", "127.0.0.1:7001", {1234, 99'999}}, {"s2", "127.0.0.1:7002", {}}},
                           {77, 8}};

TEST_CASE("a record is read as it was written") {
  CHECK(parse_cluster_record(to_json(sample)) == sample);
}

TEST_CASE("what is no record is an error with a sentence") {
  for (const char* text : {"", "{", "[]", "{\"format\": 2}", "{\"format\": 1, \"nodes\": 5}"}) {
    const auto record = parse_cluster_record(text);
    REQUIRE_FALSE(record);
    CHECK(record.error().code() == Code::topology_error);
    CHECK(record.error().message().starts_with("cluster.json makes no sense: "));
  }
}

}  // namespace
}  // namespace cachekit::local
