#include "node/storage/eviction/worth.h"

#include <doctest/doctest.h>

#include <cmath>

#include "node/storage/eviction/deadline_wheel.h"
#include "node/storage/eviction/newcomer_worth.h"

namespace cachekit::test {
namespace {

using namespace node::storage;

// The formula in floating point, in parts of what a second use is worth at the mean size.
double exact(const WorthInput& entry) {
  const double ratio = static_cast<double>(entry.mean_bytes) / static_cast<double>(entry.bytes);
  const double uses = entry.uses == 1 ? entry.newcomer / 1024.0 : std::pow(entry.uses - 1, 1.25);
  return uses * ratio * std::pow(ratio, 1.0 / entry.uses);
}

TEST_CASE("worth: follows the formula to a fifth") {
  for (std::uint8_t uses = 1; uses <= most_uses; ++uses) {
    for (std::size_t bytes = 100; bytes < 200000; bytes = bytes * 3 / 2) {
      const WorthInput entry{.uses = uses, .newcomer = 700, .bytes = bytes, .mean_bytes = 3000};
      const double units = exact(entry) * 65536;
      if (units > static_cast<double>(DeadlineWheel::longest_distance) || units < 1) continue;
      CHECK(static_cast<double>(worth_of(entry)) == doctest::Approx(units).epsilon(0.2));
    }
  }
}

TEST_CASE("worth: rises with every use") {
  std::uint64_t before = 0;
  for (std::uint8_t uses = 1; uses <= most_uses; ++uses) {
    const auto worth = worth_of({.uses = uses, .newcomer = 300, .bytes = 1000, .mean_bytes = 1000});
    CHECK(worth > before);
    before = worth;
  }
}

TEST_CASE("worth: stays within the wheel's distances") {
  const WorthInput tiny{.uses = 1, .newcomer = 2048, .bytes = 1, .mean_bytes = 1 << 30};
  CHECK(worth_of(tiny) == DeadlineWheel::longest_distance);
  const WorthInput huge{.uses = 1, .newcomer = 20, .bytes = std::size_t{1} << 40, .mean_bytes = 16};
  CHECK(worth_of(huge) == 1);
  CHECK(worth_of({.uses = 1, .newcomer = 0, .bytes = 0, .mean_bytes = 0}) > 0);
}

}  // namespace
}  // namespace cachekit::test
