#include "protocol/node_report.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace cachekit::protocol {
namespace {

NodeReport full_report() {
  NodeReport report;
  report.run_id = "0123456789";
  report.managed = true;
  report.role = NodeRole::primary;
  report.epoch = 3;
  report.promised_epoch = 4;
  report.data_epoch = 2;
  report.history = "abcdef";
  report.offset = 1'000'000'000'000;
  report.complete = false;
  report.keys = 17;
  report.primary = "10.0.0.1:7001";
  report.link_up = true;
  report.heard_ms = 12;
  report.observer = true;
  report.lapse_ms = 275;
  report.lease = LeaseState::lapsed;
  report.closed = true;
  report.leaving = true;
  report.replicas = {{"10.0.0.2:7002", 99, 5, -3, true, "run-2"}, {"[::1]:7003", 100, 0, 4, false}};
  report.topology_version = 8;
  return report;
}

tl::expected<NodeReport, std::string> read_report(const std::vector<std::string>& words) {
  return parse_node_report(std::vector<std::string_view>(words.begin(), words.end()));
}

TEST_CASE("a report survives the wire") {
  CHECK(read_report(words_of(full_report())) == full_report());
  NodeReport least;
  least.run_id = "x";
  CHECK(read_report(words_of(least)) == least);
}

// Programs from before it was there read a replica's word to its end, and skip other names.
TEST_CASE("a replica's run-id is a name of its own") {
  const std::vector<std::string> words = words_of(full_report());
  const auto replica = std::ranges::find(words, "replica");
  REQUIRE(words.end() - replica > 4);
  CHECK(*(replica + 1) == "10.0.0.2:7002 99 5 -3 1");
  CHECK(*(replica + 2) == "replica-run-id");
  CHECK(*(replica + 3) == "run-2");
  CHECK(read_report({"run-id", "x", "replica-run-id", "of nobody"})->replicas.empty());
}

TEST_CASE("unknown names are skipped") {
  CHECK(read_report({"run-id", "x", "colour", "green"})->run_id == "x");
}

TEST_CASE("what makes no sense is refused by name") {
  CHECK(read_report({"run-id"}).error().find("without a value") != std::string::npos);
  CHECK(read_report({}).error().find("no run-id") != std::string::npos);
  CHECK_FALSE(read_report({"run-id", "x", "promised-epoch", "18446744073709551615"}));
  CHECK_FALSE(read_report({"run-id", "x", "lapse-ms", "-1"}));
  CHECK_FALSE(read_report({"run-id", "x", "lapse-ms", "9223372036854775807"}));
  for (const auto& [name, value] : {std::pair{"epoch", "x"},
                                    {"epoch", "-1"},
                                    {"epoch", "1 "},
                                    {"role", "king"},
                                    {"lease", ""},
                                    {"closed", "2"},
                                    {"heard-ms", ""},
                                    {"replica", ""},
                                    {"replica", "10.0.0.1:1 5 6"},
                                    {"replica", "10.0.0.1:1 5 6 7 0 9"}}) {
    const auto parsed = read_report({"run-id", "x", name, value});
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().find(name) != std::string::npos);
  }
}

}  // namespace
}  // namespace cachekit::protocol
