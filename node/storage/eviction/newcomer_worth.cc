#include "node/storage/eviction/newcomer_worth.h"

#include <algorithm>

namespace cachekit::node::storage {
namespace {

constexpr std::uint32_t least = NewcomerWorth::one / 50;
constexpr std::uint32_t most = 2 * NewcomerWorth::one;

// An adjustment changes the worth by a sixteenth, after an eighth of the entries has been evicted:
// slow enough to see what the last one has done.
constexpr std::uint32_t change_share = 16;
constexpr std::size_t period_share = 8;
constexpr std::size_t shortest_period = 64;

// Where next to nothing has been counted, both kinds look alike.
constexpr std::uint64_t prior = 1;

}  // namespace

void NewcomerWorth::note_eviction(bool used_again, std::size_t entries) {
  ++evicted_[used_again ? 1 : 0].count;
  if (++evictions_ < std::max(shortest_period, entries / period_share)) return;
  evictions_ = 0;
  adjust();
}

void NewcomerWorth::adjust() {
  const auto& [newcomers, others] = evicted_;
  if (newcomers.total() > 0 && others.total() > 0) {
    // The shares that came back, compared without division.
    const std::uint64_t of_newcomers =
        (2 * returned_[0].total() + prior) * (others.total() + prior);
    const std::uint64_t of_others =
        (2 * returned_[1].total() + prior) * (newcomers.total() + prior);
    if (of_newcomers > of_others) value_ = std::min(most, value_ + value_ / change_share + 1);
    if (of_newcomers < of_others) value_ = std::max(least, value_ - value_ / change_share);
  }
  for (Tally& tally : evicted_) tally.decay();
  for (Tally& tally : returned_) tally.decay();
}

}  // namespace cachekit::node::storage
