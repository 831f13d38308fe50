// When a read is sent to another node of the shard as well, which may answer sooner:
// after min(p95, 3 × median) of what the node takes of late. Of all reads a share may be hedged,
// and as many at once as that share comes to in a second, so that hedging adds little load.
//
// Thread rule: any thread.

#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "client/io/latency.h"

namespace cachekit::routing {

class Hedging {
 public:
  /// Waiting less gains little, and a node that answers so quickly may do so in a moment.
  static constexpr io::Duration shortest_delay = std::chrono::milliseconds(1);

  /// Where few reads are made, so many may be hedged at once.
  static constexpr std::int64_t least_burst = 10;

  explicit Hedging(double share) : share_(share) {}

  static io::Duration delay_of(const io::Latency& latency) {
    return std::max(std::min(latency.p95(), 3 * latency.median()), shortest_delay);
  }

  /// Reads that have been sent for the first time.
  void note_reads(std::size_t reads, io::Time now) {
    const auto second = now.time_since_epoch() / std::chrono::seconds(1);
    if (second_.load(std::memory_order_relaxed) != second &&
        second_.exchange(second, std::memory_order_relaxed) != second) {
      burst_.store(
          std::max(earned(reads_.exchange(0, std::memory_order_relaxed)), least_burst * unit),
          std::memory_order_relaxed);
    }
    reads_.fetch_add(reads, std::memory_order_relaxed);
    const std::int64_t more = earned(reads);
    const std::int64_t tokens = tokens_.fetch_add(more, std::memory_order_relaxed) + more;
    const std::int64_t burst = burst_.load(std::memory_order_relaxed);
    if (tokens > burst) tokens_.fetch_sub(tokens - burst, std::memory_order_relaxed);
  }

  /// Whether reads that are sent now may be hedged.
  bool may_hedge() const { return tokens_.load(std::memory_order_relaxed) >= unit; }

  /// Some have been.
  void note_hedged(std::size_t reads) {
    tokens_.fetch_sub(static_cast<std::int64_t>(reads) * unit, std::memory_order_relaxed);
    hedged_.fetch_add(reads, std::memory_order_relaxed);
  }

  std::uint64_t hedged() const { return hedged_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::int64_t unit = 1000;

  // In thousandths of a read.
  std::int64_t earned(std::uint64_t reads) const {
    return static_cast<std::int64_t>(static_cast<double>(reads) * share_ * unit);
  }

  const double share_;
  std::atomic<std::int64_t> second_{0};
  std::atomic<std::uint64_t> reads_{0};  // in this second
  std::atomic<std::int64_t> burst_{least_burst * unit};
  std::atomic<std::int64_t> tokens_{least_burst * unit};
  std::atomic<std::uint64_t> hedged_{0};
};

}  // namespace cachekit::routing
