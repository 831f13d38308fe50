// What an entry is worth that has not been used again yet, against 1 for one that was used once.
//
// Ghosts tell. If newcomers come back soon after their eviction more often than entries that had
// been used again, newcomers go too early, and are worth more from now on; otherwise less. Loads
// with many keys that are never used again get it down, a set of hot keys that moves gets it up.
// A tuner in integers, so that equal calls give equal results on every machine.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace cachekit::node::storage {

class NewcomerWorth {
 public:
  static constexpr std::uint32_t one = 1024;

  /// In parts of `one`.
  std::uint32_t value() const { return value_; }

  /// An entry has been evicted: had it been used again? Now and then the worth changes.
  void note_eviction(bool used_again, std::size_t entries);

  /// An entry evicted a short while ago has come back.
  void note_return(bool had_been_used_again) { ++returned_[had_been_used_again ? 1 : 0].count; }

 private:
  // Decays by a quarter at each adjustment; counted in sixteenths, so that small counts decay too.
  struct Tally {
    std::uint64_t past = 0;
    std::uint64_t count = 0;

    std::uint64_t total() const { return past + 16 * count; }
    void decay() {
      past = total() - total() / 4;
      count = 0;
    }
  };

  void adjust();

  std::uint32_t value_ = 3 * one / 10;
  std::array<Tally, 2> evicted_;  // newcomers; those used again
  std::array<Tally, 2> returned_;
  std::size_t evictions_ = 0;  // since the last adjustment
};

}  // namespace cachekit::node::storage
