#include "tests/chaos/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cachekit::chaos {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

double milliseconds_of(microseconds time) { return static_cast<double>(time.count()) / 1000; }

}  // namespace

microseconds Report::longest_write_outage() const {
  return write_resumed_after.empty() ? microseconds(0)
                                     : *std::ranges::max_element(write_resumed_after);
}

microseconds Report::median_write_outage() const {
  if (write_resumed_after.empty()) return microseconds(0);
  std::vector<microseconds> sorted = write_resumed_after;
  std::ranges::sort(sorted);
  return sorted[sorted.size() / 2];
}

void Report::add_detail(std::string name, std::chrono::nanoseconds time) {
  details.emplace_back(std::move(name), milliseconds_of(duration_cast<microseconds>(time)));
}

void add(Report& report, const Ledger& plain, const Ledger& concern) {
  const auto count = [](const Stream& stream) { return stream.successes.size() + stream.failures; };
  report.operations += count(plain.writes()) + count(plain.reads()) + count(concern.writes());
  report.failed_writes += plain.writes().failures;
  report.failed_reads += plain.reads().failures;
  report.failed_concern_writes += concern.writes().failures;
  report.failed = report.failed_writes + report.failed_reads + report.failed_concern_writes;
  report.acknowledged += plain.acknowledged().size();
  report.acknowledged_by_replica += concern.acknowledged().size();
  report.longest_write_gap = std::max(
      report.longest_write_gap, duration_cast<microseconds>(plain.writes().longest_gap().length));
  const Gap gap = plain.reads().longest_gap();
  if (const auto length = duration_cast<microseconds>(gap.length);
      length > report.longest_read_gap) {
    report.longest_read_gap = length;
    report.longest_read_gap_at_s =
        std::chrono::duration<double>(gap.began - plain.reads().successes.front()).count();
  }
}

std::string to_json(const Report& report) {
  nlohmann::ordered_json document = {
      {"fault", report.fault},
      {"seconds", report.seconds},
      {"faults", report.write_resumed_after.size()},
      {"operations", report.operations},
      {"succeeded", report.succeeded()},
      {"failed_writes", report.failed_writes},
      {"failed_reads", report.failed_reads},
      {"failed_concern_writes", report.failed_concern_writes},
      {"longest_read_gap_ms", milliseconds_of(report.longest_read_gap)},
      {"longest_read_gap_at_s", report.longest_read_gap_at_s},
      {"longest_write_gap_ms", milliseconds_of(report.longest_write_gap)},
      {"longest_write_outage_ms", milliseconds_of(report.longest_write_outage())},
      {"median_write_outage_ms", milliseconds_of(report.median_write_outage())},
      {"acknowledged", report.acknowledged},
      {"lost", report.lost},
      {"acknowledged_by_replica", report.acknowledged_by_replica},
      {"lost_by_replica", report.lost_by_replica},
      {"stale_reads", report.stale_reads},
      {"deposed_acknowledgements", report.deposed_acknowledgements},
      {"promotions", report.promotions},
      {"hand_overs", report.hand_overs}};
  for (const auto& [name, value] : report.details) document[name] = value;
  document["violations"] = report.violations;
  return document.dump(2) + "\n";
}

std::string to_text(const Report& report) {
  std::string text = fmt::format(
      "{} for {:.0f} s, {} faults: {:.4f} % of {} operations succeeded ({} writes, {} reads, {} "
      "writes with a concern failed)\n"
      "longest gap: reads {:.0f} ms (at {:.3f} s), writes {:.0f} ms; writes again {:.0f} ms after "
      "a fault in the "
      "median, {:.0f} ms at most\n"
      "lost: {} of {} acknowledged, {} of {} acknowledged by a replica; stale reads: {}; "
      "acknowledged by deposed primaries: {}\n"
      "{} promotions, {} hand-overs\n",
      report.fault, report.seconds, report.write_resumed_after.size(), 100 * report.succeeded(),
      report.operations, report.failed_writes, report.failed_reads, report.failed_concern_writes,
      milliseconds_of(report.longest_read_gap), report.longest_read_gap_at_s,
      milliseconds_of(report.longest_write_gap), milliseconds_of(report.median_write_outage()),
      milliseconds_of(report.longest_write_outage()), report.lost, report.acknowledged,
      report.lost_by_replica, report.acknowledged_by_replica, report.stale_reads,
      report.deposed_acknowledgements, report.promotions, report.hand_overs);
  for (const auto& [name, value] : report.details) text += fmt::format("{}: {:.1f}\n", name, value);
  return text;
}

}  // namespace cachekit::chaos
