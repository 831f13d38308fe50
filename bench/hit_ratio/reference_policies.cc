#include "bench/hit_ratio/reference_policies.h"

#include <algorithm>
#include <bit>

namespace cachekit::bench::hit_ratio {

bool LruPolicy::access(std::uint32_t key, std::size_t bytes) {
  if (entries_.contains(key)) {
    entries_.touch(key);
    return true;
  }
  if (bytes > limit_bytes_) return false;
  while (entries_.bytes() + bytes > limit_bytes_) entries_.remove(entries_.oldest());
  entries_.add(key, bytes);
  return false;
}

FrequencySketch::FrequencySketch(std::size_t entries) : width_(std::bit_ceil(entries)) {
  for (auto& row : counters_) row.assign(width_, 0);
}

std::size_t FrequencySketch::place(std::size_t row, std::uint32_t key) const {
  std::uint64_t mixed = (key + 1 + (std::uint64_t{row} << 40)) * 0x9E3779B97F4A7C15U;
  mixed ^= mixed >> 29;
  mixed *= 0xBF58476D1CE4E5B9U;
  return (mixed >> 32) & (width_ - 1);
}

void FrequencySketch::note(std::uint32_t key) {
  for (std::size_t row = 0; row < rows; ++row) {
    std::uint8_t& counter = counters_[row][place(row, key)];
    if (counter < most) ++counter;
  }
  if (++uses_ < width_ * uses_per_halving) return;
  uses_ = 0;
  for (auto& row : counters_) {
    for (std::uint8_t& counter : row) counter = static_cast<std::uint8_t>(counter / 2);
  }
}

std::uint8_t FrequencySketch::frequency(std::uint32_t key) const {
  std::uint8_t least = most;
  for (std::size_t row = 0; row < rows; ++row) {
    least = std::min(least, counters_[row][place(row, key)]);
  }
  return least;
}

TinyLfuPolicy::TinyLfuPolicy(std::size_t limit_bytes, std::size_t mean_entry_bytes)
    : window_bytes_(limit_bytes / 100),
      main_bytes_(limit_bytes - window_bytes_),
      protected_bytes_(main_bytes_ / 5 * 4),
      sketch_(limit_bytes / mean_entry_bytes) {}

bool TinyLfuPolicy::access(std::uint32_t key, std::size_t bytes) {
  sketch_.note(key);
  if (touch(key)) return true;
  if (bytes > main_bytes_) return false;
  window_.add(key, bytes);
  while (window_.bytes() > window_bytes_) admit_from_window();
  return false;
}

bool TinyLfuPolicy::touch(std::uint32_t key) {
  for (RecencyList* list : {&window_, &protected_}) {
    if (!list->contains(key)) continue;
    list->touch(key);
    return true;
  }
  if (!probation_.contains(key)) return false;
  protected_.add(key, probation_.remove(key));
  while (protected_.bytes() > protected_bytes_) {
    const std::uint32_t demoted = protected_.oldest();
    probation_.add(demoted, protected_.remove(demoted));
  }
  return true;
}

void TinyLfuPolicy::admit_from_window() {
  const std::uint32_t candidate = window_.oldest();
  const std::size_t bytes = window_.remove(candidate);
  while (probation_.bytes() + protected_.bytes() + bytes > main_bytes_) {
    RecencyList& from = probation_.empty() ? protected_ : probation_;
    const std::uint32_t victim = from.oldest();
    if (sketch_.frequency(candidate) <= sketch_.frequency(victim)) return;
    from.remove(victim);
  }
  probation_.add(candidate, bytes);
}

}  // namespace cachekit::bench::hit_ratio
