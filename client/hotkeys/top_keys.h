// Which keys are asked for most often, and how often, in bounded memory. Pure: time is an argument.
//
// Space-Saving (Metwally, Agrawal, El Abbadi: "Efficient Computation of Frequent and Top-k Elements
// in Data Streams", ICDT 2005): a fixed number of counters, each with a key. A key that has one
// adds to it; one that has none takes over the smallest counter, with what is on it, and remembers
// how much that was. So a counter is too high by that much at most, and every key that has more
// than 1/counters of all there was has one. Counters decay: what happened a half-life ago counts
// half. They need not be touched for that, since new counts grow instead ("forward decay", Cormode
// and others, ICDE 2009), until all are scaled down once in a while.
//
// HeavyKeeper (Yang and others, ATC 2018) needs fewer counters where there are many cold keys, and
// tells too little instead of too much, with chance. Here the counters are few kilobytes either
// way, and a bound that is certain is worth more.
//
// Cost: O(counters) for an addition, since it looks through their hashes, which lie together; the
// caller samples.
//
// Thread rule: one thread at a time.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cachekit::hotkeys {

using Time = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

class TopKeys {
 public:
  /// Rates count as if at least so much time had gone by since the first addition, so that a few
  /// keys at the beginning do not look hot.
  static constexpr Duration least_time = std::chrono::seconds(1);

  struct Found {
    std::string_view key;
    std::uint64_t hash = 0;
    double reads_per_second = 0;
    double writes_per_second = 0;
    double excess_per_second = 0;  ///< Of the two together, at most.
  };

  TopKeys(std::size_t counters, Duration half_life);

  /// So many reads, and writes, of a key whose hash this is; keys of equal hash are taken for one.
  void add(std::string_view key, std::uint64_t hash, double reads, double writes, Time now);

  /// So much was asked for without being looked at: of the same keys, as far as anybody knows, so
  /// all rates are raised in proportion.
  void add_unseen(double count, Time now) { unseen_ += count * weight_at(now); }

  /// Those with the highest rates, the highest first; views until the next addition.
  std::vector<Found> top(std::size_t keys, Time now) const;

 private:
  struct Counter {
    std::string key;
    double writes = 0;
    double excess = 0;
  };

  double weight_at(Time now);
  void scale_down(double by, Time now);
  std::size_t place_of(std::uint64_t hash) const;
  std::size_t take_smallest(std::string_view key, std::uint64_t hash);

  const std::size_t most_;
  const Duration half_life_;
  Time since_;         // when an addition counted 1
  Time first_{};       // the first addition
  double seen_ = 0;    // all that was added, in terms of `since_`
  double unseen_ = 0;  // and what was not
  std::vector<std::uint64_t> hashes_;
  std::vector<double> counts_;  // reads and writes, in terms of `since_`
  std::vector<Counter> counters_;
};

}  // namespace cachekit::hotkeys
