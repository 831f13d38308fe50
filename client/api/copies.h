// Which keys stand for one key that is split. Pure, but for chance.

#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cachekit::api {

/// "copy:{7:key}" for number 7: the tag has number and key, so each number falls anywhere.
std::string numbered_key(std::string_view prefix, std::size_t number, std::string_view key);

/// The first numbered keys of which each lies on another shard: `copies` of them, or as many as
/// there are shards. A shard that 64 numbers for each shard do not meet, since its weight is next
/// to nothing, has none.
std::vector<std::string> keys_on_different_shards(
    std::string_view key, std::size_t copies, std::size_t shards,
    const std::function<std::string(const std::string&)>& shard_of);

/// One of them, by chance.
const std::string& any_of(const std::vector<std::string>& keys);

/// Why there cannot be so many; empty if there can.
std::string problem_with_copies(std::size_t copies);

}  // namespace cachekit::api
