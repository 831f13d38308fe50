// Changes on their way to the source: the newest of each key, bounded, in order, on virtual time.
//
// A key's change is taken by one call at a time; one that comes meanwhile waits for that call's
// outcome. A change that was refused waits for its pause, and shares the next call with half as
// many others.
//
// Pure but for the chance of pauses, of which the seed decides. Not thread-safe.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cachekit/write_behind.h"
#include "client/topology/back_off.h"

namespace cachekit::writing {

using Time = std::chrono::steady_clock::time_point;

class ChangeQueue {
 public:
  /// The options must outlive it.
  ChangeQueue(const WriteBehindOptions& options, std::uint64_t seed)
      : options_(options), seed_(seed) {}

  /// False: there is no room.
  bool offer(std::string_view key, const OptionalString& value, Time now);

  /// The newest change of the key that the source has not taken.
  const OptionalString* find(std::string_view key) const;

  /// What one call is to write now: changes whose time has come, the most urgent first. Each call
  /// that is given some must be settled.
  std::vector<Change> take(Time now);

  /// The source has taken these; or it has refused them, then those that are given up.
  void settle(const std::vector<Change>& taken);
  std::vector<Change> retry(const std::vector<Change>& taken, Time now);

  /// When take() has something; nothing: when something is offered or settled.
  std::optional<Time> next_due() const;

  /// In between nothing is held back but by the pauses after a refusal. May be nested.
  void begin_hurry(Time now);
  void end_hurry() { --hurries_; }

  /// How many keys still have a change that was accepted when accepted() was `mark`; O(of them).
  std::size_t left_of(std::uint64_t mark) const;
  bool has_left_of(std::uint64_t mark) const {
    return !numbers_.empty() && *numbers_.begin() <= mark;
  }

  /// Gives up all of them; none may be taken.
  std::vector<Change> give_up();

  std::size_t keys() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t coalesced() const { return coalesced_; }
  std::uint64_t written() const { return written_; }
  std::uint64_t lost() const { return lost_; }

 private:
  struct Entry {
    OptionalString value;  // the newest
    std::uint64_t number;  // of the oldest change that the source lacks
    Time due = {};
    bool is_taken = false;
    std::uint64_t next_number = 0;  // of the first change since it was taken; 0: none
    Time next_accepted = {};
    std::size_t refusals = 0;
    std::optional<Time> refused_since = {};  // the newest value
    std::optional<topology::BackOff> pauses = {};
  };
  using Entries = std::unordered_map<std::string, Entry>;
  using Place = std::pair<Time, Entries::value_type*>;

  static std::size_t size_of(std::string_view key, const OptionalString& value) {
    return key.size() + (value ? value->size() : 0);
  }
  std::size_t share_of(const Entry& entry) const;
  bool is_given_up(const Entry& entry, Time now) const;
  Time due_of(Time accepted) const { return hurries_ > 0 ? accepted : accepted + options_.delay; }
  void schedule(Entries::value_type& place, Time due);
  void forget(Entries::iterator entry);

  const WriteBehindOptions& options_;
  const std::uint64_t seed_;
  Entries entries_;
  std::set<Place> due_;              // those that no call has taken
  std::set<std::uint64_t> numbers_;  // of the entries
  std::size_t hurries_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t coalesced_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace cachekit::writing
