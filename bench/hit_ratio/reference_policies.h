// Policies to compare with, as they stand in the papers: what they would keep, without any values.
//
// Thread rule: one thread.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

namespace cachekit::bench::hit_ratio {

/// Entries by the time of their last use, and what they weigh.
class RecencyList {
 public:
  bool contains(std::uint32_t key) const { return places_.contains(key); }
  bool empty() const { return entries_.empty(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t bytes_of(std::uint32_t key) const { return places_.at(key)->bytes; }
  std::uint32_t oldest() const { return entries_.back().key; }

  void touch(std::uint32_t key) { entries_.splice(entries_.begin(), entries_, places_.at(key)); }
  void add(std::uint32_t key, std::size_t bytes) {
    entries_.push_front({key, bytes});
    places_[key] = entries_.begin();
    bytes_ += bytes;
  }
  /// Answers with its bytes.
  std::size_t remove(std::uint32_t key) {
    const auto place = places_.find(key);
    const std::size_t bytes = place->second->bytes;
    entries_.erase(place->second);
    places_.erase(place);
    bytes_ -= bytes;
    return bytes;
  }

 private:
  struct Entry {
    std::uint32_t key;
    std::size_t bytes;
  };

  std::list<Entry> entries_;
  std::unordered_map<std::uint32_t, std::list<Entry>::iterator> places_;
  std::size_t bytes_ = 0;
};

class LruPolicy {
 public:
  LruPolicy(std::size_t limit_bytes, std::size_t /*mean_entry_bytes*/)
      : limit_bytes_(limit_bytes) {}

  /// True for a hit; what was missed is kept from here on.
  bool access(std::uint32_t key, std::size_t bytes);

 private:
  const std::size_t limit_bytes_;
  RecencyList entries_;
};

/// How often keys were used of late: count-min with counters up to 15, halved at times (Einziger,
/// Friedman and Manes, TinyLFU, ACM ToS 2017).
class FrequencySketch {
 public:
  explicit FrequencySketch(std::size_t entries);

  void note(std::uint32_t key);
  std::uint8_t frequency(std::uint32_t key) const;

 private:
  static constexpr std::uint8_t most = 15;
  static constexpr std::size_t rows = 4;
  static constexpr std::size_t uses_per_halving = 10;  // for each entry

  std::size_t place(std::size_t row, std::uint32_t key) const;

  std::size_t width_;
  std::size_t uses_ = 0;
  std::array<std::vector<std::uint8_t>, rows> counters_;
};

/// W-TinyLFU: a window of one per cent, and a segmented LRU that takes from it what was used more
/// often than what would have to go.
class TinyLfuPolicy {
 public:
  TinyLfuPolicy(std::size_t limit_bytes, std::size_t mean_entry_bytes);

  bool access(std::uint32_t key, std::size_t bytes);

 private:
  bool touch(std::uint32_t key);
  void admit_from_window();

  const std::size_t window_bytes_;
  const std::size_t main_bytes_;
  const std::size_t protected_bytes_;
  FrequencySketch sketch_;
  RecencyList window_;
  RecencyList probation_;
  RecencyList protected_;
};

}  // namespace cachekit::bench::hit_ratio
