#include "client/api/copies.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>

#include "cachekit/split.h"

namespace cachekit::api {
namespace {

constexpr std::size_t numbers_per_shard = 64;

}  // namespace

std::string numbered_key(std::string_view prefix, std::size_t number, std::string_view key) {
  return fmt::format("{}:{{{}:{}}}", prefix, number, key);
}

std::vector<std::string> keys_on_different_shards(
    std::string_view key, std::size_t copies, std::size_t shards,
    const std::function<std::string(const std::string&)>& shard_of) {
  const std::size_t wanted = std::min(copies, shards);
  std::vector<std::string> keys;
  std::set<std::string> taken;
  for (std::size_t number = 0; number < numbers_per_shard * shards; ++number) {
    if (keys.size() == wanted) break;
    std::string candidate = numbered_key("copy", number, key);
    if (taken.insert(shard_of(candidate)).second) keys.push_back(std::move(candidate));
  }
  return keys;
}

const std::string& any_of(const std::vector<std::string>& keys) {
  thread_local std::minstd_rand random(std::random_device{}());
  return keys[std::uniform_int_distribution<std::size_t>(0, keys.size() - 1)(random)];
}

std::string problem_with_copies(std::size_t copies) {
  if (copies >= 1 && copies <= max_copies) return {};
  return fmt::format("a key was to be split in {}; expected 1 to {}", copies, max_copies);
}

}  // namespace cachekit::api
