// The keyed hash of a store.
//
// XXH3 with a secret of 192 random bytes. Whoever does not know the secret cannot choose keys that
// meet in one bucket, and a store's iteration order tells nothing about another's.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace cachekit::node::storage {

class KeyHasher {
 public:
  explicit KeyHasher(std::uint64_t seed);

  std::uint64_t operator()(std::string_view key) const;

 private:
  static constexpr std::size_t secret_bytes = 192;

  alignas(64) std::array<unsigned char, secret_bytes> secret_;
};

}  // namespace cachekit::node::storage
