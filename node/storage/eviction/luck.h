// Chance, from a seed: splitmix64.

#pragma once

#include <cstdint>

namespace cachekit::node::storage {

class Luck {
 public:
  explicit Luck(std::uint64_t seed) : state_(seed) {}

  /// True once in `count` calls, on average. A power of two.
  bool once_in(std::uint64_t count) { return (next() & (count - 1)) == 0; }

 private:
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = (state_ ^ state_ >> 30) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebU;
    return mixed ^ mixed >> 31;
  }

  std::uint64_t state_;
};

}  // namespace cachekit::node::storage
