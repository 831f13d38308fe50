#include <cachekit/cachekit.h>
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/run_program.h"
#include "tests/support/text.h"

namespace cachekit::test {
namespace {

// Small enough to end at once, in a build with sanitizers as well.
const std::string small =
    "cachekit-bench --allow-debug --keys 500 --requests 4000 --threads 3 --timeout 10 ";

nlohmann::json report_of(const std::string& flags) {
  const ProgramRun run = run_quietly(small + "--json " + flags);
  INFO(run.output);
  CHECK(run.exit_code == 0);
  return nlohmann::json::parse(run.output);
}

std::uint64_t sum(const nlohmann::json& report, const char* field) {
  std::uint64_t total = 0;
  for (const auto& node : report.at("nodes")) total += node.at(field).get<std::uint64_t>();
  return total;
}

TEST_CASE("a run reports its requests, and the nodes confirm them") {
  const auto report = report_of("");
  CHECK(report.at("requests") == 4000);
  CHECK(report.at("errors") == 0);
  CHECK(report.at("preload_errors") == 0);
  CHECK(report.at("hit_ratio") == 1.0);
  CHECK(report.at("get").at("requests").get<int>() > 3000);
  CHECK(report.at("set").at("requests").get<int>() > 600);
  CHECK(report.at("nodes").size() == 3);
  CHECK(sum(report, "keys") == 500);
  CHECK(sum(report, "hits") == report.at("hits"));
  CHECK(report.at("all").at("p99_s") >= report.at("all").at("p50_s"));
}

TEST_CASE("pipelines run the same requests") {
  const auto report = report_of("--pipeline 32 --value-size 2000");
  CHECK(report.at("requests") == 4000);
  CHECK(report.at("errors") == 0);
  CHECK(report.at("hit_ratio") == 1.0);
}

TEST_CASE("without preloading, keys that were never written are misses") {
  const auto report = report_of("--no-preload --get-ratio 1 --distribution uniform");
  CHECK(report.at("hits") == 0);
  CHECK(report.at("misses") == 4000);
}

TEST_CASE("one seed chooses the same requests on every run") {
  const auto first = report_of("--seed 5 --threads 1");
  const auto second = report_of("--seed 5 --threads 1");
  CHECK(first.at("get").at("requests") == second.at("get").at("requests"));
}

TEST_CASE("an open loop keeps its rate") {
  const auto report = report_of("--rate 2000 --requests 1000");
  CHECK(report.at("requests") == 1000);
  CHECK(report.at("elapsed_s").get<double>() >= 0.49);
}

TEST_CASE("values expire as asked") {
  const auto report = report_of("--ttl 100 --shards 1");
  CHECK(report.at("errors") == 0);
  CHECK(report.at("nodes").size() == 1);
}

TEST_CASE("a value that is not the key's is counted as an error") {
  auto cluster = LocalCluster::start({});
  REQUIRE(cluster);
  auto client = Client::connect(cluster->url());
  REQUIRE(client);
  REQUIRE(client->set("0", "wrong"));
  const ProgramRun run = run_quietly(
      "cachekit-bench --allow-debug --json --no-preload --keys 1 --key-size 1 "
      "--value-size 5 --get-ratio 1 --requests 10 --threads 1 --url " +
      cluster->url());
  const auto report = nlohmann::json::parse(run.output);
  CHECK(report.at("errors_by_code").at("wrong_value") == 10);
  CHECK(run.exit_code == 1);
}

TEST_CASE("a dead cluster gives a report of errors and exit code 1") {
  const ProgramRun run = run_program(
      "cachekit-bench --allow-debug --requests 3 --threads 1 --keys 10 --no-preload "
      "--timeout 0.2 --url cachekit://127.0.0.1:1");
  INFO(run.output);
  CHECK(run.exit_code == 1);
  CHECK(contains(run.output, "errors 3"));
  CHECK(contains(run.output, "unreachable"));
}

TEST_CASE("the table is for people") {
  const ProgramRun run = run_program(small);
  INFO(run.output);
  CHECK(run.exit_code == 0);
  for (const char* part :
       {"machine", "4,000 requests in", "p99.9", "hit ratio 100.00 %", "errors 0", "commands"}) {
    CHECK(contains(run.output, part));
  }
}

TEST_CASE("a missing trace is told, with exit code 1") {
  const ProgramRun run = run_program(small + "--trace /no/such/file");
  CHECK(run.exit_code == 1);
  CHECK(contains(run.output, "cannot read the trace /no/such/file"));
}

}  // namespace
}  // namespace cachekit::test
