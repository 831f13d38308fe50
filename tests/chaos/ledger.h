// What a load has written, been told, and read, for one shard and one kind of write.
//
// Every write has a key of its own, so that each that was acknowledged can be looked for at the
// end. Thread rule: the writer calls wrote(), the reader newest() and read(); the rest when both
// have ended.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace cachekit::chaos {

using Clock = std::chrono::steady_clock;

struct Gap {
  Clock::time_point began;
  Clock::duration length{};
};

/// The ends of operations that succeeded, how long each took, and how many did not.
struct Stream {
  std::vector<Clock::time_point> successes;
  std::vector<Clock::duration> took;
  std::uint64_t failures = 0;

  void note(bool succeeded, Clock::time_point began) {
    if (succeeded) {
      successes.push_back(Clock::now());
      took.push_back(successes.back() - began);
    } else {
      ++failures;
    }
  }

  /// The longest time between two successes.
  Gap longest_gap() const;

  /// From then until the first success of what began after it; nothing came if it is max().
  Clock::duration first_success_after(Clock::time_point fault) const;

  /// That this share of those that ended between two times did not exceed; 0 if there are none.
  Clock::duration latency(double share, Clock::time_point from, Clock::time_point to) const;
};

class Ledger {
 public:
  /// Keys begin with `prefix`, which has a hash tag of the shard.
  explicit Ledger(std::string prefix) : prefix_(std::move(prefix)) {}

  std::string key_of(std::uint64_t number) const { return prefix_ + std::to_string(number); }

  void wrote(std::uint64_t number, Clock::time_point began, bool acknowledged);

  /// The newest number that has been acknowledged; 0: none. Numbers begin at 1.
  std::uint64_t newest() const { return newest_.load(); }

  /// `found`: the read of a number that had been acknowledged before it began saw the value.
  void read(std::uint64_t number, Clock::time_point began, bool succeeded, bool found);

  const Stream& writes() const { return writes_; }
  const Stream& reads() const { return reads_; }
  const std::vector<std::uint64_t>& acknowledged() const { return acknowledged_; }

  /// Numbers that a read did not find though they had been acknowledged.
  const std::vector<std::uint64_t>& unseen() const { return unseen_; }

 private:
  std::string prefix_;
  std::atomic<std::uint64_t> newest_{0};
  Stream writes_;
  Stream reads_;
  std::vector<std::uint64_t> acknowledged_;
  std::vector<std::uint64_t> unseen_;
};

}  // namespace cachekit::chaos
