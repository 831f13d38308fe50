#include "node/storage/key_hasher.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <random>

namespace cachekit::node::storage {

static_assert(XXH3_SECRET_SIZE_MIN <= 192);

KeyHasher::KeyHasher(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (std::size_t at = 0; at < secret_.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t bits = random();
    std::memcpy(&secret_[at], &bits, sizeof bits);
  }
}

std::uint64_t KeyHasher::operator()(std::string_view key) const {
  return XXH3_64bits_withSecret(key.data(), key.size(), secret_.data(), secret_.size());
}

}  // namespace cachekit::node::storage
