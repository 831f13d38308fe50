#include "bench/load/report.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/text.h"

namespace cachekit::bench {
namespace {

using std::chrono::microseconds;
using test::contains;

LoadResult sample_result() {
  LoadResult result;
  result.elapsed_s = 2;
  for (int count = 0; count < 1000; ++count) {
    result.measurements.get_latency.record(microseconds(100));
  }
  result.measurements.set_latency.record(microseconds(300));
  result.measurements.hits = 900;
  result.measurements.misses = 100;
  result.measurements.errors["deadline_exceeded"] = 3;
  result.measurements.first_error = "deadline_exceeded: too late";
  NodeFigures node;
  node.shard = "s1";
  node.address = "127.0.0.1:7001";
  node.reachable = true;
  node.commands = 1234;
  NodeFigures lost;
  lost.shard = "s2";
  lost.address = "127.0.0.1:7002";
  result.nodes = {node, lost};
  return result;
}

TEST_CASE("the table names throughput, percentiles, hit ratio, errors and nodes") {
  const std::string text = report_text(sample_result());
  CHECK(contains(text, "1,001 requests in 2.00 s: 500 per second"));
  CHECK(contains(text, "0.100 ms"));
  CHECK(contains(text, "p99.9"));
  CHECK(contains(text, "hit ratio 90.00 %"));
  CHECK(contains(text, "errors 3, deadline_exceeded 3"));
  CHECK(contains(text, "too late"));
  CHECK(contains(text, "1,234"));
  CHECK(contains(text, "unreachable"));
}

TEST_CASE("a run without SETs has no row for them") {
  LoadResult result = sample_result();
  result.measurements.set_latency = {};
  CHECK_FALSE(contains(report_text(result), "SET"));
}

TEST_CASE("the JSON report holds the same in seconds") {
  const auto report =
      nlohmann::json::parse(report_json(this_machine(), LoadOptions(), sample_result()));
  CHECK(report.at("requests") == 1001);
  CHECK(report.at("requests_per_s") == 500.5);
  CHECK(report.at("hit_ratio") == 0.9);
  CHECK(report.at("errors_by_code").at("deadline_exceeded") == 3);
  CHECK(report.at("get").at("p50_s").get<double>() == doctest::Approx(1e-4).epsilon(0.01));
  CHECK(report.at("nodes").at(1).at("reachable") == false);
  CHECK(report.at("settings").at("distribution") == "zipf");
}

TEST_CASE("a password in the URL is not shown") {
  LoadOptions options;
  options.url = "cachekit://user:secret@h:1,h:2";
  const std::string text = settings_text(this_machine(), options);
  CHECK_FALSE(contains(text, "secret"));
  CHECK(contains(text, "@h:1,h:2"));
}

}  // namespace
}  // namespace cachekit::bench
