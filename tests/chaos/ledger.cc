#include "tests/chaos/ledger.h"

#include <algorithm>

namespace cachekit::chaos {

Clock::duration Stream::longest_gap() const {
  Clock::duration longest{};
  for (std::size_t i = 1; i < successes.size(); ++i) {
    longest = std::max(longest, successes[i] - successes[i - 1]);
  }
  return longest;
}

Clock::duration Stream::first_success_after(Clock::time_point fault) const {
  const auto first = std::ranges::upper_bound(successes, fault);
  return first != successes.end() ? *first - fault : Clock::duration::max();
}

void Ledger::wrote(std::uint64_t number, bool acknowledged) {
  writes_.note(acknowledged);
  if (!acknowledged) return;
  acknowledged_.push_back(number);
  newest_ = number;
}

void Ledger::read(std::uint64_t number, bool succeeded, bool found) {
  reads_.note(succeeded);
  if (succeeded && !found) unseen_.push_back(number);
}

}  // namespace cachekit::chaos
