#include "bench/hit_ratio/report.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace cachekit::test {
namespace {

using namespace bench::hit_ratio;

Run run_with(std::uint64_t misses) {
  return {.replay = {.requests = 1000, .misses = misses},
          .setting_bytes = std::size_t{15} << 20,
          .taken_bytes = std::size_t{16} << 20,
          .elapsed_s = 2};
}

TraceFigures figures_of(std::uint64_t ours, std::uint64_t theirs) {
  TraceFigures figures{
      .trace = "some", .spec = {"some.txt.zst", 2, std::size_t{16} << 20}, .requests = 1000};
  figures.engine = {{"lru", {.requests = 1000, .misses = 400}}};
  figures.servers = {{.server = "node", .is_ours = true, .fast = run_with(ours)},
                     {.server = "other", .fast = run_with(theirs)},
                     {.server = "third", .fast = run_with(theirs + 100)},
                     {.server = "too large"}};
  return figures;
}

TEST_CASE("hit ratio report: the gain is over the best of the others") {
  CHECK(*figures_of(270, 300).gain() == doctest::Approx(0.1));
}

TEST_CASE("hit ratio report: no gain without another server") {
  TraceFigures figures = figures_of(270, 300);
  figures.servers.resize(1);
  CHECK_FALSE(figures.gain());
}

TEST_CASE("hit ratio report: of a fast and a slow replay the better counts") {
  TraceFigures figures = figures_of(270, 360);
  figures.servers[1].slow = run_with(300);
  CHECK(*figures.gain() == doctest::Approx(0.1));
  figures.servers[1].slow = run_with(500);
  CHECK(*figures.gain() == doctest::Approx(0.25));
}

TEST_CASE("hit ratio report: the text has every figure") {
  const std::string text = report_text({}, {figures_of(270, 300)});
  for (const char* part : {"some × 2, 16 MiB", "0.4000", "0.2700", "0.3000", "10.0 %", "15.00",
                           "16.00", "cannot be held to this limit"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("hit ratio report: the JSON has every figure") {
  const auto report = nlohmann::json::parse(report_json({}, {figures_of(270, 300)}));
  const auto& trace = report["traces"][0];
  CHECK(trace["engine_miss_ratio"]["lru"] == doctest::Approx(0.4));
  CHECK(trace["servers"]["node"]["fast"]["misses"] == 270);
  CHECK(trace["servers"]["too large"]["fast"].is_null());
  CHECK(trace["fewer_misses_than_best_other"].get<double>() == doctest::Approx(0.1));
}

}  // namespace
}  // namespace cachekit::test
