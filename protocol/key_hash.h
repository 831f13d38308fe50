// Where a key stands on the hash circle.

#pragma once

#include <cstdint>
#include <string_view>

namespace cachekit::protocol {

/// XXH3-64 of the bytes, seed 0.
std::uint64_t hash_bytes(std::string_view bytes);

/// The part of a key that decides its shard: what stands between the first '{' and the first '}'
/// after it, if that is not empty; otherwise the whole key. As in the Redis Cluster specification.
std::string_view hash_tag(std::string_view key);

/// The position of a key on the circle: hash_bytes(hash_tag(key)).
inline std::uint64_t key_hash(std::string_view key) { return hash_bytes(hash_tag(key)); }

}  // namespace cachekit::protocol
