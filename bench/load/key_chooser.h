// Which key comes next: an index below the number of keys.
//
// Thread rule: one thread at a time; each thread has its own, seeded differently.

#pragma once

#include <cstdint>
#include <random>

#include "bench/load/zipf_distribution.h"

namespace cachekit::bench {

enum class Distribution : std::uint8_t { zipf, uniform, sequential };

class KeyChooser {
 public:
  /// A sequential chooser starts with key `first` and goes round.
  KeyChooser(Distribution distribution, std::uint64_t keys, double zipf_exponent,
             std::uint64_t first);

  std::uint64_t operator()(std::mt19937_64& random);

 private:
  Distribution distribution_;
  std::uint64_t keys_;
  ZipfDistribution zipf_;
  std::uint64_t next_;
};

}  // namespace cachekit::bench
