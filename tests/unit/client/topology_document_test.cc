#include <doctest/doctest.h>

#include <string>

#include "cachekit/topology.h"
#include "tests/support/text.h"

namespace cachekit {
namespace {

using test::contains;

constexpr const char* example_document =
    R"({"version": 7, "ring": {"hash": "xxh3", "points": 150},
        "shards": [{"name": "s1", "weight": 2.5, "epoch": 3, "primary": "10.0.0.1:7001",
                    "replicas": ["10.0.0.2:7001", "[::1]:7001"]},
                   {"name": "s2", "primary": "unix:/run/s2.sock", "later": true}]})";

std::string complaint(std::string_view document) {
  const auto parsed = parse_topology(document);
  REQUIRE(!parsed.has_value());
  CHECK(parsed.error().code() == Code::topology_error);
  return parsed.error().message();
}

/// A document of these shards, otherwise right.
std::string with_shards(std::string_view shards) {
  return R"({"version": 1, "ring": {"hash": "xxh3", "points": 4096}, "shards": )" +
         std::string(shards) + "}";
}

TEST_CASE("a document is read, with defaults for what may be left out") {
  const auto topology = parse_topology(example_document);
  REQUIRE(topology.has_value());
  CHECK(topology->version == 7);
  CHECK(topology->ring_points == 150);
  REQUIRE(topology->shards.size() == 2);
  CHECK(topology->shards[0].weight == 2.5);
  CHECK(topology->shards[0].epoch == 3);
  CHECK(topology->shards[0].replicas == std::vector<std::string>{"10.0.0.2:7001", "[::1]:7001"});
  CHECK(topology->shards[1].weight == 1.0);
  CHECK(topology->shards[1].epoch == 1);
  CHECK(topology->shards[1].replicas.empty());
}

TEST_CASE("what is written is read back the same") {
  const Topology topology = *parse_topology(example_document);
  CHECK(*parse_topology(to_json(topology)) == topology);
}

TEST_CASE("a complaint names its place") {
  CHECK(contains(complaint("{"), "no JSON at byte 2"));
  CHECK(contains(complaint("[]"), "the document is array"));
  CHECK(contains(complaint("{}"), "version is missing"));
  CHECK(contains(complaint(R"({"version": 0})"), "version is 0"));
  CHECK(contains(complaint(R"({"version": -1})"), "version is -1"));
  CHECK(contains(complaint(R"({"version": 1})"), "ring"));
  CHECK(contains(complaint(R"({"version": 1, "ring": {"hash": "md5", "points": 1}})"),
                 "ring.hash is \"md5\""));
  CHECK(contains(complaint(R"({"version": 1, "ring": {"hash": "xxh3", "points": 99999999}})"),
                 "ring.points is 99999999"));
  CHECK(contains(complaint(with_shards("[]")), "shards is missing or empty"));
  CHECK(contains(complaint(with_shards("[3]")), "shards[0] is number"));
  CHECK(contains(complaint(with_shards("[{}]")), "shards[0].name is missing"));
  CHECK(contains(complaint(with_shards(R"([{"name": ""}])")), "shards[0].name is empty"));
  CHECK(contains(complaint(with_shards(R"([{"name": "a"}])")), "shards[0].primary is missing"));
  CHECK(contains(complaint(with_shards(R"([{"name": "a", "primary": "x"}])")),
                 "shards[0].primary is no address: 'x' has no port"));
  CHECK(contains(complaint(with_shards(R"([{"name": "a", "primary": "x:1", "weight": 0}])")),
                 "shards[0].weight is 0"));
  CHECK(contains(complaint(with_shards(R"([{"name": "a", "primary": "x:1", "epoch": "1"}])")),
                 "shards[0].epoch is \"1\""));
  CHECK(contains(complaint(with_shards(R"([{"name": "a", "primary": "x:1", "replicas": "y:1"}])")),
                 "shards[0].replicas is string"));
  CHECK(contains(complaint(with_shards(R"([{"name": "a", "primary": "x:1", "replicas": [7]}])")),
                 "shards[0].replicas[0] is number"));
}

TEST_CASE("what is nested as deep as a document is long is refused") {
  const std::size_t depth = 200'000;  // of calls more than a stack holds
  const std::string nested = std::string(depth, '[') + std::string(depth, ']');
  CHECK(contains(complaint(R"({"version": )" + nested + "}"), "version is array"));
  CHECK(contains(complaint(R"({"version": 1, "ring": {"hash": )" + nested + "}}"),
                 "ring.hash is array"));
  CHECK(contains(
      complaint(with_shards(R"([{"name": "a", "primary": "x:1", "weight": )" + nested + "}]")),
      "shards[0].weight is array"));
  CHECK(contains(complaint(R"({"version": ")" + std::string(1000, 'x') + R"("})"),
                 "version is a long string"));
}

TEST_CASE("complaints are short, whatever they quote") {
  const std::string name(100'000, 'n');
  CHECK(complaint(with_shards(R"([{"name": ")" + name + R"(", "primary": "x:1"}, {"name": ")" +
                              name + R"(", "primary": "y:1"}])"))
            .size() < 1000);
  CHECK(complaint(R"({"version": )" + std::string(100'000, '9') + "}").size() < 1000);
}

TEST_CASE("names and nodes must not repeat") {
  CHECK(contains(complaint(with_shards(
                     R"([{"name": "a", "primary": "x:1"}, {"name": "a", "primary": "y:1"}])")),
                 "shards[1].name repeats the name 'a'"));
  CHECK(contains(complaint(with_shards(
                     R"([{"name": "a", "primary": "x:1"}, {"name": "b", "primary": "x:1"}])")),
                 "shards[1].primary names the node 'x:1' a second time"));
  CHECK(
      contains(complaint(with_shards(R"([{"name": "a", "primary": "x:1", "replicas": ["x:1"]}])")),
               "shards[0].replicas[0] names the node 'x:1' a second time"));
}

TEST_CASE(
    "a version or an epoch beyond all that can be is refused: nobody could count on from it") {
  Topology topology;
  topology.shards.push_back({.name = "s", .primary = "127.0.0.1:7001"});
  topology.version = std::uint64_t{1} << 48;
  CHECK(parse_topology(to_json(topology)) == topology);
  topology.version += 1;
  CHECK_FALSE(parse_topology(to_json(topology)));
  topology.version = 1;
  topology.shards.front().epoch = ~std::uint64_t{0};
  CHECK_FALSE(parse_topology(to_json(topology)));
}

TEST_CASE("names that are no text are still written as JSON") {
  Topology topology;
  topology.shards.push_back({.name = "\xff\"", .primary = "a:1"});
  CHECK(parse_topology(to_json(topology)).has_value());
}

}  // namespace
}  // namespace cachekit
