#include "client/hotkeys/top_keys.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace cachekit::hotkeys {
namespace {

/// After so many half-lives counters are scaled down, long before a double loses what is small.
constexpr double most_half_lives = 20;

double half_lives(Duration time, Duration half_life) {
  return std::chrono::duration<double>(time) / std::chrono::duration<double>(half_life);
}

}  // namespace

TopKeys::TopKeys(std::size_t counters, Duration half_life)
    : most_(counters), half_life_(half_life) {
  hashes_.reserve(counters);
  counts_.reserve(counters);
  counters_.reserve(counters);
}

void TopKeys::add(std::string_view key, std::uint64_t hash, double reads, double writes, Time now) {
  if (hashes_.empty()) since_ = first_ = now;
  const double weight = weight_at(now);
  std::size_t place = place_of(hash);
  if (place == hashes_.size()) {
    if (place == most_) {
      place = take_smallest(key, hash);
    } else {
      hashes_.push_back(hash);
      counts_.push_back(0);
      counters_.push_back({.key = std::string(key)});
    }
  }
  seen_ += (reads + writes) * weight;
  counts_[place] += (reads + writes) * weight;
  counters_[place].writes += writes * weight;
}

/// What an addition counts now.
double TopKeys::weight_at(Time now) {
  const double age = half_lives(now - since_, half_life_);
  if (age <= 0) return 1;  // by a thread that has looked at the clock before another one
  if (age <= most_half_lives) return std::exp2(age);
  scale_down(std::exp2(-age), now);
  return 1;
}

void TopKeys::scale_down(double by, Time now) {
  for (double& count : counts_) count *= by;
  for (Counter& counter : counters_) {
    counter.writes *= by;
    counter.excess *= by;
  }
  seen_ *= by;
  unseen_ *= by;
  since_ = now;
}

std::size_t TopKeys::place_of(std::uint64_t hash) const {
  return static_cast<std::size_t>(std::ranges::find(hashes_, hash) - hashes_.begin());
}

std::size_t TopKeys::take_smallest(std::string_view key, std::uint64_t hash) {
  const auto place = static_cast<std::size_t>(std::ranges::min_element(counts_) - counts_.begin());
  hashes_[place] = hash;
  counters_[place].key.assign(key);
  counters_[place].writes = 0;
  counters_[place].excess = counts_[place];
  return place;
}

std::vector<TopKeys::Found> TopKeys::top(std::size_t keys, Time now) const {
  if (hashes_.empty()) return {};
  std::vector<std::size_t> places(hashes_.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  const auto end = places.begin() + static_cast<std::ptrdiff_t>(std::min(keys, places.size()));
  std::ranges::partial_sort(places, end, std::greater<>(),
                            [&](std::size_t place) { return counts_[place]; });
  // A steady rate r comes to r × half_life / ln 2, and to 1 - 2^(-age) of that after so many
  // half-lives.
  const double age = half_lives(std::max(now - first_, least_time), half_life_);
  const double seconds = std::chrono::duration<double>(half_life_).count();
  const double decay = std::exp2(-half_lives(now - since_, half_life_));
  const double all = seen_ > 0 ? (seen_ + unseen_) / seen_ : 1;
  const double rate =
      all * decay * std::numbers::ln2 / (seconds * -std::expm1(-age * std::numbers::ln2));
  std::vector<Found> found;
  for (auto place = places.begin(); place != end; ++place) {
    const Counter& counter = counters_[*place];
    found.push_back({.key = counter.key,
                     .hash = hashes_[*place],
                     .reads_per_second = (counts_[*place] - counter.writes) * rate,
                     .writes_per_second = counter.writes * rate,
                     .excess_per_second = counter.excess * rate});
  }
  return found;
}

}  // namespace cachekit::hotkeys
