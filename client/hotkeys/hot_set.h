// The keys that are hot just now, by hash: set by one thread, asked by all without a lock.
//
// A table of small buckets. What finds its bucket full is left out, and so not treated as hot.
//
// Thread rule: set() by one thread at a time; contains() by any.

#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace cachekit::hotkeys {

class HotSet {
 public:
  bool contains(std::uint64_t hash) const {
    const auto* const bucket = &places_[bucket_of(hash)];
    for (std::size_t i = 0; i < places_in_bucket; ++i) {
      if (bucket[i].load(std::memory_order_relaxed) == hash) return true;
    }
    return false;
  }

  /// These and no others. Those that stay are there all the time.
  void set(std::span<const std::uint64_t> hashes) {
    std::array<std::uint64_t, places> next{};
    for (const std::uint64_t hash : hashes) {
      const auto bucket = std::span(next).subspan(bucket_of(hash), places_in_bucket);
      const auto free = std::ranges::find(bucket, std::uint64_t{0});
      if (free != bucket.end()) *free = hash;
    }
    for (std::size_t i = 0; i < places; ++i) {
      places_[i].store(next[i], std::memory_order_relaxed);
    }
  }

 private:
  static constexpr std::size_t places_in_bucket = 8;
  static constexpr std::size_t places = 512;  // twice the keys that are told at most

  static std::size_t bucket_of(std::uint64_t hash) {
    return hash % (places / places_in_bucket) * places_in_bucket;
  }

  std::array<std::atomic<std::uint64_t>, places> places_{};
};

}  // namespace cachekit::hotkeys
