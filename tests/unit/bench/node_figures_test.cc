#include "bench/load/node_figures.h"

#include <doctest/doctest.h>

namespace cachekit::bench {
namespace {

constexpr std::string_view info =
    "# Server\r\nredis_version:7.0.0\r\n\r\n# Memory\r\nused_memory:123456\r\n"
    "# Stats\r\ntotal_commands_processed:1000\r\nkeyspace_hits:70\r\nkeyspace_misses:30\r\n"
    "evicted_keys:5\r\n# Keyspace\r\ndb0:keys=42,expires=7,avg_ttl=0\r\n";

NodeFigures node(const std::string& address, std::uint64_t commands, std::uint64_t keys) {
  NodeFigures figures;
  figures.address = address;
  figures.commands = commands;
  figures.keys = keys;
  return figures;
}

TEST_CASE("fields are read, headings and empty lines are not") {
  const auto fields = parse_info(info);
  CHECK(fields.size() == 7);
  CHECK(fields.at("redis_version") == "7.0.0");
}

TEST_CASE("a value may hold colons") {
  CHECK(parse_info("executable:/a:b\r\n").at("executable") == "/a:b");
}

TEST_CASE("the figures of a node") {
  const NodeFigures figures = figures_from_info(info);
  CHECK(figures.reachable);
  CHECK(figures.commands == 1000);
  CHECK(figures.hits == 70);
  CHECK(figures.misses == 30);
  CHECK(figures.evicted == 5);
  CHECK(figures.keys == 42);
  CHECK(figures.memory_bytes == 123'456);
}

TEST_CASE("an empty node tells no keys") { CHECK(figures_from_info("# Keyspace\r\n").keys == 0); }

TEST_CASE("counters are subtracted by address, keys are those at the end") {
  const auto nodes = difference({node("a:1", 100, 5), node("b:1", 10, 6)},
                                {node("b:1", 25, 8), node("a:1", 400, 9)});
  CHECK(nodes[0].commands == 15);
  CHECK(nodes[0].keys == 8);
  CHECK(nodes[1].commands == 300);
}

TEST_CASE("a node that was started again counts from zero") {
  CHECK(difference({node("a:1", 100, 0)}, {node("a:1", 30, 0)})[0].commands == 30);
}

}  // namespace
}  // namespace cachekit::bench
