#include "tests/chaos/ledger.h"

#include <algorithm>

namespace cachekit::chaos {

Gap Stream::longest_gap() const {
  Gap longest;
  for (std::size_t i = 1; i < successes.size(); ++i) {
    const Clock::duration length = successes[i] - successes[i - 1];
    if (length > longest.length) longest = {successes[i - 1], length};
  }
  return longest;
}

Clock::duration Stream::first_success_after(Clock::time_point fault) const {
  const auto ended_later = std::ranges::upper_bound(successes, fault) - successes.begin();
  for (auto i = static_cast<std::size_t>(ended_later); i < successes.size(); ++i) {
    if (successes[i] - took[i] >= fault) return successes[i] - fault;
  }
  return Clock::duration::max();
}

Clock::duration Stream::latency(double share, Clock::time_point from, Clock::time_point to) const {
  const auto first = std::ranges::lower_bound(successes, from) - successes.begin();
  const auto end = std::ranges::lower_bound(successes, to) - successes.begin();
  std::vector<Clock::duration> sorted(took.begin() + first, took.begin() + end);
  if (sorted.empty()) return {};
  std::ranges::sort(sorted);
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

void Ledger::wrote(std::uint64_t number, Clock::time_point began, bool acknowledged) {
  writes_.note(acknowledged, began);
  if (!acknowledged) return;
  acknowledged_.push_back(number);
  newest_ = number;
}

void Ledger::read(std::uint64_t number, Clock::time_point began, bool succeeded, bool found) {
  reads_.note(succeeded, began);
  if (succeeded && !found) unseen_.push_back(number);
}

}  // namespace cachekit::chaos
