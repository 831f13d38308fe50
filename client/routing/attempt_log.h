// The attempts at the commands of one batch, for whoever traces calls. Pure.
//
// Thread rule: one thread at a time.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cachekit/tracing.h"
#include "client/io/clock.h"

namespace cachekit::routing {

class AttemptLog {
 public:
  /// A job has been at a node.
  struct Visit {
    std::string shard;
    std::string node;
    io::Time began;
    io::Time ended;
    bool hedged;
  };

  void add(Visit visit) { visits_.push_back(std::move(visit)); }

  /// What came of one command there: of the visit that was added last.
  void add_outcome(std::size_t command, Code code) {
    outcomes_.push_back({command, visits_.size() - 1, code});
  }

  /// Nothing is added any more.
  void close() { std::ranges::sort(outcomes_, {}, &Outcome::place); }

  /// Of the commands from number `first` on, in the order in which they ended. Views of this log,
  /// which must be closed.
  std::vector<Attempt> attempts_of(std::size_t first, std::size_t commands, io::Time began) const {
    const auto from = std::ranges::lower_bound(outcomes_, first, {}, &Outcome::command);
    const auto end = std::ranges::lower_bound(outcomes_, first + commands, {}, &Outcome::command);
    std::vector<Attempt> attempts;
    for (auto outcome = from; outcome != end; ++outcome) {
      const Visit& visit = visits_[outcome->visit];
      attempts.push_back({.shard = visit.shard,
                          .node = visit.node,
                          .offset = visit.began - began,
                          .duration = visit.ended - visit.began,
                          .code = outcome->code,
                          .hedged = visit.hedged});
    }
    if (commands > 1) std::ranges::sort(attempts, {}, &AttemptLog::end_of);
    return attempts;
  }

 private:
  struct Outcome {
    std::size_t command;
    std::size_t visit;
    Code code;

    std::pair<std::size_t, std::size_t> place() const { return {command, visit}; }
  };

  static std::chrono::nanoseconds end_of(const Attempt& attempt) {
    return attempt.offset + attempt.duration;
  }

  std::vector<Visit> visits_;
  std::vector<Outcome> outcomes_;
};

}  // namespace cachekit::routing
