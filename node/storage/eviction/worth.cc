#include "node/storage/eviction/worth.h"

#include <algorithm>
#include <bit>

#include "node/storage/eviction/deadline_wheel.h"
#include "node/storage/eviction/newcomer_worth.h"

namespace cachekit::node::storage {
namespace {

// Logarithms to the base of two, in 256ths.
using Log = std::int64_t;

constexpr unsigned fraction_bits = 8;
constexpr Log one = Log{1} << fraction_bits;

// Worth 1, in the wheel's units: far enough from both ends that entries a hundred times smaller or
// larger than the mean fit.
constexpr Log unit = 16 * one;

constexpr Log log2_of(std::uint64_t value) {
  const auto whole = static_cast<unsigned>(std::bit_width(value)) - 1;
  const std::uint64_t fraction =
      whole >= fraction_bits ? value >> (whole - fraction_bits) : value << (fraction_bits - whole);
  return Log{whole} * one + static_cast<Log>(fraction) - one;
}

constexpr std::uint64_t power_of_two(Log exponent) {
  const auto whole = static_cast<unsigned>(exponent >> fraction_bits);
  return static_cast<std::uint64_t>(one + (exponent & (one - 1))) << whole >> fraction_bits;
}

static_assert(log2_of(1) == 0 && log2_of(1024) == 10 * one && log2_of(3) == one + one / 2);
static_assert(power_of_two(log2_of(3 << 20)) == 3 << 20);

constexpr Log longest = log2_of(DeadlineWheel::longest_distance);
constexpr Log newcomer_one = log2_of(NewcomerWorth::one);

Log log2_of_uses(const WorthInput& entry) {
  if (entry.uses <= 1) return log2_of(std::max(entry.newcomer, 1U)) - newcomer_one;
  return log2_of(entry.uses - 1U) * 5 / 4;
}

}  // namespace

std::uint64_t worth_of(const WorthInput& entry) {
  const Log ratio = log2_of(std::max<std::size_t>(entry.mean_bytes, 1)) -
                    log2_of(std::max<std::size_t>(entry.bytes, 1));
  const Log exponent = unit + log2_of_uses(entry) + ratio + ratio / Log{entry.uses};
  return power_of_two(std::clamp(exponent, Log{0}, longest));
}

}  // namespace cachekit::node::storage
