// Which keys have been asked for before, of late: fingerprints in a table, each of which the next
// key of the same place replaces. It errs once in 30,000 keys, and forgets what came so many keys
// ago as it has places.
//
// Thread rule: any thread.

#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/key_hash.h"

namespace cachekit::caching {

class Doorkeeper {
 public:
  explicit Doorkeeper(std::size_t places)
      : seen_(std::bit_ceil(std::max<std::size_t>(places, 1))) {}

  /// And it has been asked for now.
  bool has_seen(std::string_view key) {
    const std::uint64_t hash = protocol::hash_bytes(key);
    const auto fingerprint = static_cast<std::uint16_t>((hash >> 48) | 1);
    std::atomic<std::uint16_t>& place = seen_[hash & (seen_.size() - 1)];
    if (place.load(std::memory_order_relaxed) == fingerprint) return true;
    place.store(fingerprint, std::memory_order_relaxed);
    return false;
  }

 private:
  std::vector<std::atomic<std::uint16_t>> seen_;  // 0: nothing
};

}  // namespace cachekit::caching
