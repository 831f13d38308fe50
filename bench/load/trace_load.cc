#include "bench/load/trace_load.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "bench/load/arrival_schedule.h"

namespace cachekit::bench {
namespace {

using Clock = std::chrono::steady_clock;

// A lock for each block, not for each request.
constexpr std::size_t block_requests = 512;

// Cache-aside for a batch of distinct keys.
class TraceReplay {
 public:
  TraceReplay(const LoadOptions& options, unsigned thread, RequestRunner& runner, RunClock& clock)
      : options_(options),
        runner_(runner),
        clock_(clock),
        schedule_(clock.start(), options.rate_per_s.value_or(1.0), thread, options.threads) {}

  void add(TraceRequest request) {
    const auto same_key = [&](const PlannedRequest& get) { return get.key == request.key; };
    if (std::ranges::any_of(gets_, same_key)) flush();
    gets_.push_back({true, std::move(request.key), request.size_bytes, false});
    if (gets_.size() == options_.pipeline_depth) flush();
  }

  void flush() {
    if (gets_.empty()) return;
    Clock::time_point due = Clock::now();
    if (options_.rate_per_s) {
      due = schedule_.due(sent_);
      clock_.sleep_until(due);
    }
    sent_ += gets_.size();
    if (!clock_.over(Clock::now())) {
      fill_misses(runner_.run(gets_, due));
    }
    gets_.clear();
  }

 private:
  void fill_misses(std::span<const Outcome> outcomes) {
    sets_.clear();
    for (std::size_t index = 0; index < gets_.size(); ++index) {
      if (outcomes[index] != Outcome::miss) continue;
      sets_.push_back(std::move(gets_[index]));
      sets_.back().is_get = false;
    }
    if (!sets_.empty()) runner_.run(sets_, Clock::now());
  }

  const LoadOptions& options_;
  RequestRunner& runner_;
  RunClock& clock_;
  ArrivalSchedule schedule_;
  std::uint64_t sent_ = 0;
  std::vector<PlannedRequest> gets_;
  std::vector<PlannedRequest> sets_;
};

Status deal_out(TraceReader& reader, const LoadOptions& options, std::vector<BlockQueue>& queues,
                const RunClock& clock) {
  std::vector<BlockQueue::Block> blocks(queues.size());
  std::uint64_t left = options.requests.value_or(std::numeric_limits<std::uint64_t>::max());
  Status status;
  for (; left > 0; --left) {
    Result<std::optional<TraceRequest>> request = reader.next();
    if (!request) status = std::move(request.error());
    if (!request || !*request) break;
    const std::size_t place = std::hash<std::string>()((*request)->key) % queues.size();
    blocks[place].push_back(**std::move(request));
    if (blocks[place].size() < block_requests) continue;
    if (clock.over(Clock::now()) || !queues[place].push(std::exchange(blocks[place], {}))) break;
  }
  for (std::size_t place = 0; place < queues.size(); ++place) {
    queues[place].push(std::move(blocks[place]));
  }
  return status;
}

}  // namespace

Status feed(TraceReader& reader, const LoadOptions& options, std::vector<BlockQueue>& queues,
            const RunClock& clock) {
  Status status = deal_out(reader, options, queues, clock);
  for (BlockQueue& queue : queues) queue.close();
  return status;
}

void run_trace_load(const LoadOptions& options, unsigned thread, BlockQueue& queue,
                    RequestRunner& runner, RunClock& clock) {
  TraceReplay replay(options, thread, runner, clock);
  while (std::optional<BlockQueue::Block> block = queue.pop()) {
    for (TraceRequest& request : *block) {
      if (clock.over(Clock::now())) return queue.close();
      replay.add(std::move(request));
    }
  }
  replay.flush();
}

}  // namespace cachekit::bench
