#include "bench/load/key_chooser.h"

namespace cachekit::bench {

KeyChooser::KeyChooser(Distribution distribution, std::uint64_t keys, double zipf_exponent,
                       std::uint64_t first)
    : distribution_(distribution), keys_(keys), zipf_(keys, zipf_exponent), next_(first % keys) {}

std::uint64_t KeyChooser::operator()(std::mt19937_64& random) {
  switch (distribution_) {
    case Distribution::zipf:
      return zipf_(random) - 1;
    case Distribution::uniform:
      return std::uniform_int_distribution<std::uint64_t>(0, keys_ - 1)(random);
    case Distribution::sequential:
      break;
  }
  const std::uint64_t chosen = next_;
  next_ = next_ + 1 == keys_ ? 0 : next_ + 1;
  return chosen;
}

}  // namespace cachekit::bench
