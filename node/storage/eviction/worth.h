// How long an entry is kept unused, in the units of a DeadlineWheel.
//
// With r the mean size of all entries over this one's, an entry used n times is worth
//
//   (n - 1)^(5/4) × r × r^(1/n)      and a newcomer, n = 1: newcomer × r × r
//
// Hits a byte count, so worth falls with size; and the less is known of an entry, the more its size
// has to say. Fitted on traces and synthetic loads: bench/README.md, hit ratios. In logarithms with
// straight lines between powers of two, good to some percent, as the wheel is.

#pragma once

#include <cstddef>
#include <cstdint>

namespace cachekit::node::storage {

inline constexpr std::uint8_t most_uses = 15;

struct WorthInput {
  std::uint8_t uses = 1;  ///< 1 to most_uses
  std::uint32_t newcomer =
      0;  ///< In parts of NewcomerWorth::one, which is what a second use is worth.
  std::size_t bytes = 1;
  std::size_t mean_bytes = 1;
};

/// At least 1.
std::uint64_t worth_of(const WorthInput& entry);

}  // namespace cachekit::node::storage
