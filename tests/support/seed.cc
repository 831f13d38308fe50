#include "tests/support/seed.h"

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace cachekit::test {
namespace {

std::uint64_t choose_seed() {
  const char* given = std::getenv("CACHEKIT_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device()();
  std::cout << "seed " << seed << " (replay with CACHEKIT_TEST_SEED=" << seed << ")" << std::endl;
  return seed;
}

}  // namespace

std::uint64_t seed() {
  static const std::uint64_t chosen = choose_seed();
  return chosen;
}

}  // namespace cachekit::test
