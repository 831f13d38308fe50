#include "tests/chaos/goals.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

namespace cachekit::chaos {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_outage{1000};
constexpr milliseconds median_outage{600};
constexpr milliseconds longest_read_gap{100};

// What becomes of the primary.
enum class Primary { replaced, hands_over, stays, may_be_replaced };

struct FaultKind {
  std::string_view fault;
  Primary primary;
};

constexpr FaultKind kinds[] = {
    {"none", Primary::stays},
    {"kill", Primary::replaced},
    {"pause", Primary::replaced},
    {"restart", Primary::hands_over},
    {"agent-kill", Primary::replaced},
    {"etcd-kill", Primary::replaced},
    {"etcd-gone", Primary::stays},
    {"partition", Primary::replaced},
    {"client-partition", Primary::stays},
    {"delay", Primary::may_be_replaced},
    {"slow-replica", Primary::stays},
};

Primary primary_after(std::string_view fault) {
  for (const FaultKind& kind : kinds) {
    if (kind.fault == fault) return kind.primary;
  }
  return Primary::may_be_replaced;
}

// However short the run, and however slow the machine.
void judge_safety(Report& report) {
  report.demand(report.lost_by_replica == 0, "a write was lost that a replica had acknowledged");
  report.demand(report.deposed_acknowledgements == 0, "a deposed primary acknowledged a write");
  report.demand(report.acknowledged_by_replica > 0, "no replica acknowledged anything");
}

void judge_time(Report& report, std::string_view what, std::chrono::microseconds time,
                std::chrono::duration<double, std::milli> bound) {
  if (time <= bound) return;
  report.violations.push_back(fmt::format("{}: {:.0f} ms, and {:.0f} ms are the goal", what,
                                          static_cast<double>(time.count()) / 1000, bound.count()));
}

}  // namespace

void judge(Report& report, double slack) {
  judge_safety(report);
  const Primary primary = primary_after(report.fault);
  judge_time(report, "the longest gap between reads", report.longest_read_gap,
             longest_read_gap * slack);
  judge_time(report, "the longest time without a write after a fault",
             report.longest_write_outage(), longest_outage * slack);
  judge_time(report, "the median time without a write after a fault", report.median_write_outage(),
             median_outage * slack);
  if (primary == Primary::replaced) {
    report.demand(report.promotions >= report.write_resumed_after.size(),
                  "a primary was not replaced");
  }
  if (primary == Primary::stays) {
    report.demand(report.promotions + report.hand_overs == 0, "a healthy primary was replaced");
    report.demand(report.failed_writes + report.failed_reads == 0, "operations failed");
  }
}

}  // namespace cachekit::chaos
