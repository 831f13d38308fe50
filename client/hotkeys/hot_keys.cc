#include "client/hotkeys/hot_keys.h"

#include <algorithm>

namespace cachekit::hotkeys {
namespace {

/// So many counters for each key that is told, within bounds: those that are not told keep cold
/// keys from the counters of hot ones.
constexpr std::size_t counters_for_key = 8;
constexpr std::size_t least_counters = 256;
constexpr std::size_t most_counters = 1024;

/// How soon a key that has become hot is treated as such.
constexpr auto pause_between_looks = std::chrono::milliseconds(100);

}  // namespace

HotKeys::HotKeys(const HotKeyOptions& options)
    : options_(options),
      keys_(std::clamp(options.keys * counters_for_key, least_counters, most_counters),
            options.half_life) {}

void HotKeys::add(std::string_view key, double reads, double writes, Time now) {
  if (key.size() > longest_key_bytes) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) {
    unseen_.fetch_add(reads + writes, std::memory_order_relaxed);
    return;
  }
  keys_.add(key, protocol::hash_bytes(key), reads, writes, now);
  if (unseen_.load(std::memory_order_relaxed) > 0) {
    keys_.add_unseen(unseen_.exchange(0, std::memory_order_relaxed), now);
  }
  if (options_.spread_reads && now >= look_at_) look_for_hot(now);
}

void HotKeys::look_for_hot(Time now) {
  look_at_ = now + pause_between_looks;
  std::vector<std::uint64_t> hot;
  for (const TopKeys::Found& found : keys_.top(options_.keys, now)) {
    if (found.reads_per_second - found.excess_per_second >= options_.hot_reads_per_second) {
      hot.push_back(found.hash);
    }
  }
  hot_.set(hot);
}

std::vector<HotKey> HotKeys::top(Time now) const {
  const std::lock_guard lock(mutex_);
  std::vector<HotKey> told;
  for (const TopKeys::Found& found : keys_.top(options_.keys, now)) {
    told.push_back({.key = std::string(found.key),
                    .reads_per_second = found.reads_per_second,
                    .writes_per_second = found.writes_per_second,
                    .excess_per_second = found.excess_per_second});
  }
  return told;
}

}  // namespace cachekit::hotkeys
