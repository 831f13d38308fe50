#include "bench/hit_ratio/limit_search.h"

#include <algorithm>

namespace cachekit::bench::hit_ratio {
namespace {

// Full enough: the limit is used but for this share.
constexpr std::size_t slack_share = 200;

}  // namespace

LimitSearch::LimitSearch(std::size_t limit_bytes, std::size_t unit_bytes, int most_runs)
    : limit_(limit_bytes), unit_(unit_bytes), runs_left_(most_runs) {}

std::size_t LimitSearch::rounded(std::size_t setting_bytes) const {
  return std::max(setting_bytes / unit_ * unit_, unit_);
}

std::optional<std::size_t> LimitSearch::next() const {
  if (runs_left_ == 0) return std::nullopt;
  if (!last_) return rounded(limit_);
  if (fits_ && limit_ - fits_taken_ <= limit_ / slack_share) return std::nullopt;
  const std::size_t least = fits_ ? *fits_ + unit_ : unit_;
  if (exceeds_ && least >= *exceeds_) return std::nullopt;
  // As much more or less as the last one missed the limit by, but for half of the slack.
  const std::size_t goal = limit_ - limit_ / slack_share / 2;
  const std::size_t wanted = *last_ + goal > last_taken_ ? *last_ + goal - last_taken_ : 0;
  if (!exceeds_) return std::max(rounded(wanted), least);
  if (wanted >= least && wanted < *exceeds_) return rounded(wanted);
  return std::max(rounded((least + *exceeds_) / 2), least);
}

void LimitSearch::note(std::size_t setting_bytes, std::size_t taken_bytes) {
  --runs_left_;
  last_ = setting_bytes;
  last_taken_ = taken_bytes;
  if (taken_bytes > limit_) {
    exceeds_ = std::min(setting_bytes, exceeds_.value_or(setting_bytes));
  } else if (!fits_ || setting_bytes > *fits_) {
    fits_ = setting_bytes;
    fits_taken_ = taken_bytes;
  }
}

}  // namespace cachekit::bench::hit_ratio
