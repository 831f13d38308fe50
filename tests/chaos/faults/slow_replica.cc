// A replica of the first shard is started again, empty, and its copy comes through a slow link.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <thread>

#include "client/agent/node_view.h"
#include "tests/chaos/faults/kinds.h"
#include "tests/chaos/process_memory.h"
#include "tests/chaos/report.h"
#include "tests/chaos/workload.h"

namespace cachekit::chaos {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t shard = 0;
constexpr std::size_t value_bytes = 10'000;
constexpr std::size_t values_at_once = 64;
constexpr std::size_t megabyte = std::size_t{1} << 20;

constexpr milliseconds copy_interval{20};
constexpr std::chrono::seconds copy_limit{120};

// The backlog, and something for buffers: a replica's slowness is not to cost its primary more.
constexpr std::size_t most_growth_mb = 64;

class SlowReplica final : public Fault {
 public:
  using Fault::Fault;

  Status prepare() override {
    const std::string tag = tag_of(scene().client, scene().client.topology().shards[shard].name);
    const std::string value(value_bytes, 'v');
    const std::size_t count = scene().strength.fill_mb * megabyte / value_bytes;
    for (std::size_t from = 0; from < count; from += values_at_once) {
      auto pipeline = scene().client.pipeline();
      for (std::size_t i = from; i < std::min(count, from + values_at_once); ++i) {
        (void)pipeline.set(fmt::format("{}:fill:{}", tag, i), value);
      }
      if (Status filled = pipeline.execute(); !filled.ok()) return filled;
    }
    return await_replicas();
  }

  Status strike(std::size_t) override {
    const Shard listed = scene().client.topology().shards[shard];
    const std::size_t primary = scene().index_of(listed.primary);
    const std::size_t replica = scene().index_of(listed.replicas.front());
    const std::string replica_address = listed.replicas.front();
    const std::size_t resident = resident_bytes_of(primary);
    const std::uint64_t copies = full_copies();
    Window window{.began = Clock::now()};
    if (Status slow = slow_down(primary, replica); !slow.ok()) return slow;
    note_strike(shard);
    if (Status stopped = scene().cluster.stop_node(replica); !stopped.ok()) return stopped;
    if (Status started = scene().cluster.start_node(replica); !started.ok()) return started;
    std::size_t most = resident;
    const auto watch = [&] {
      most = std::max(most, resident_bytes_of(primary));
      std::this_thread::sleep_for(copy_interval);
    };
    while (Clock::now() < window.began + scene().strength.length) watch();
    window.ended = Clock::now();
    was_whole_before_ = was_whole_before_ || is_whole(replica_address);
    if (Status healed = scene().network.heal(primary); !healed.ok()) return healed;
    while (!is_whole(replica_address) && Clock::now() < window.ended + copy_limit) watch();
    whole_after_ = std::max(whole_after_, Clock::now() - window.ended);
    came_back_ = came_back_ && is_whole(replica_address);
    growth_ = std::max(growth_, most - resident);
    copies_ = std::max(copies_, full_copies() - copies);
    windows_.push_back(window);
    return {};
  }

  void add_to(Report& report, Workload& workload, double) const override {
    report.details.emplace_back("rss_growth_mb", static_cast<double>(growth_) / megabyte);
    report.details.emplace_back("copies_begun", static_cast<double>(copies_));
    report.add_detail("whole_after_slowness_ms", whole_after_);
    const Ledger& plain = workload.shards()[shard]->plain;
    for (const auto& [name, stream] :
         {std::pair("write", &plain.writes()), std::pair("read", &plain.reads())}) {
      for (const auto& [quantile, suffix] : {std::pair(0.5, "p50"), std::pair(0.99, "p99")}) {
        add_latency(report, fmt::format("{}_{}", name, suffix), *stream, quantile);
      }
    }
    report.demand(came_back_, "the slow replica did not get its copy");
    report.demand(!was_whole_before_, "the copy was done before the slowness ended");
    report.demand(growth_ <= most_growth_mb * megabyte, "the primary has grown too much");
  }

 private:
  struct Window {
    Clock::time_point began;
    Clock::time_point ended = {};
  };

  // The replica's link alone: it tells its primary where it listens, which is where the proxy does.
  Status slow_down(std::size_t primary, std::size_t replica) const {
    const std::string address = scene().cluster.nodes()[replica].address;
    return scene().network.disturb(
        primary, {.to_client = {.bytes_per_second = scene().strength.copied_kb_per_second * 1024},
                  .opening = fmt::format("\r\n{}\r\n", address.substr(address.rfind(':') + 1))});
  }

  std::size_t resident_bytes_of(std::size_t node) const {
    return resident_bytes(scene().cluster.nodes()[node].pid);
  }

  bool is_whole(const std::string& replica) const {
    const Result<Value> reply = scene().client.command_on(replica, {"CACHEKIT.STATUS"});
    const auto report = reply ? agent::report_in(*reply) : std::nullopt;
    return report && report->link_up && report->complete;
  }

  // The fill has reached all replicas.
  Status await_replicas() const {
    Result<Client> client = Client::connect(
        scene().cluster.url(), {.write_replicas = static_cast<int>(
                                    scene().client.topology().shards[shard].replicas.size())});
    if (!client) return client.error();
    const std::string tag = tag_of(*client, client->topology().shards[shard].name);
    const auto deadline = Clock::now() + copy_limit;
    Status written;
    do {
      const auto set = client->set(tag + ":filled", "1");
      written = set ? Status() : set.error();
    } while (!written.ok() && Clock::now() < deadline);
    return written;
  }

  std::uint64_t full_copies() const {
    const auto info = scene().client.command_on(scene().primary_of(shard), {"INFO", "stats"});
    const auto* const text = info ? info->get_if<std::string>() : nullptr;
    constexpr std::string_view name = "sync_full:";
    const std::size_t place = text != nullptr ? text->find(name) : std::string::npos;
    std::uint64_t copies = 0;
    if (place == std::string::npos) return copies;
    std::from_chars(text->data() + place + name.size(), text->data() + text->size(), copies);
    return copies;
  }

  void add_latency(Report& report, const std::string& name, const Stream& stream,
                   double quantile) const {
    if (windows_.empty()) return;
    const auto took = [&](Clock::time_point from, Clock::time_point to) {
      return stream.latency(quantile, from, to);
    };
    report.add_detail(name + "_before_ms", took(Clock::time_point::min(), windows_.front().began));
    Clock::duration during{};
    for (const Window& window : windows_) {
      during = std::max(during, took(window.began, window.ended));
    }
    report.add_detail(name + "_during_ms", during);
  }

  std::vector<Window> windows_;
  std::size_t growth_ = 0;
  std::uint64_t copies_ = 0;
  Clock::duration whole_after_{};
  bool was_whole_before_ = false;
  bool came_back_ = true;
};

}  // namespace

std::unique_ptr<Fault> make_slow_replica(const Scene& scene) {
  return std::make_unique<SlowReplica>(scene);
}

}  // namespace cachekit::chaos
