// One client and one primary are cut from each other. Nobody else notices.

#include <algorithm>
#include <thread>

#include "tests/chaos/faults/guest.h"
#include "tests/chaos/faults/kinds.h"
#include "tests/chaos/report.h"
#include "tests/chaos/workload.h"

namespace cachekit::chaos {
namespace {

// Before the cut, and after it has healed.
constexpr std::chrono::seconds head_start{1};
constexpr std::chrono::seconds aftermath{1};

constexpr std::chrono::milliseconds longest_gap{100};
constexpr std::chrono::milliseconds longest_outage_after_healing{1000};

class ClientPartition final : public Fault {
 public:
  using Fault::Fault;

  Status strike(std::size_t shard) override {
    const Topology topology = scene().client.topology();
    const std::size_t victim = scene().index_of(topology.shards[shard].primary);
    const auto url = scene().network.guest_url(scene().cluster.url(), topology, scene().folder());
    if (!url) return url.error();
    Guest guest(scene().network, *url, tag_of(scene().client, topology.shards[shard].name));
    std::this_thread::sleep_for(head_start);
    if (Status cut = scene().network.cut_from_guest(victim); !cut.ok()) return cut;
    note_strike(shard);
    std::this_thread::sleep_for(scene().strength.length);
    const Clock::time_point healed = Clock::now();
    if (Status well = scene().network.heal(victim); !well.ok()) return well;
    std::this_thread::sleep_for(aftermath);
    guest.stop();
    take(guest.ledger(), done().back().at, healed);
    return guest.status();
  }

  void add_to(Report& report, Workload&, double slack) const override {
    report.add_detail("guest_read_gap_ms", read_gap_);
    report.add_detail("guest_writes_after_healing_ms", outage_);
    report.details.emplace_back("guest_failed_reads", static_cast<double>(failed_reads_));
    report.details.emplace_back("guest_failed_writes", static_cast<double>(failed_writes_));
    report.details.emplace_back("guest_writes_while_cut", static_cast<double>(writes_while_cut_));
    report.demand(read_gap_ <= longest_gap * slack, "the guest's reads stopped for too long");
    report.demand(outage_ <= longest_outage_after_healing * slack,
                  "the guest's writes did not go on in time");
    report.demand(failed_reads_ == 0, "reads of the guest failed");
    report.demand(failed_writes_ > 0, "no write of the guest failed, so it was not cut");
    report.demand(writes_while_cut_ == 0, "the guest was cut, and wrote");
  }

 private:
  void take(const Ledger& ledger, Clock::time_point cut, Clock::time_point healed) {
    const Stream& writes = ledger.writes();
    read_gap_ = std::max(read_gap_, ledger.reads().longest_gap().length);
    outage_ = std::max(outage_, writes.first_success_after(healed));
    failed_reads_ += ledger.reads().failures;
    failed_writes_ += writes.failures;
    // One may have been under way.
    const auto first = std::ranges::upper_bound(writes.successes, cut + grace);
    writes_while_cut_ +=
        static_cast<std::uint64_t>(std::ranges::lower_bound(writes.successes, healed) - first);
  }

  static constexpr std::chrono::milliseconds grace{100};

  Clock::duration read_gap_{};
  Clock::duration outage_{};
  std::uint64_t failed_reads_ = 0;
  std::uint64_t failed_writes_ = 0;
  std::uint64_t writes_while_cut_ = 0;
};

}  // namespace

std::unique_ptr<Fault> make_client_partition(const Scene& scene) {
  return std::make_unique<ClientPartition>(scene);
}

}  // namespace cachekit::chaos
